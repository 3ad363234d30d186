// On a runtime of several threads it looks in place, and holds up its own task.
// => failed two_can_look_at_the_same_time

use std::sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task;

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        let look = AssertUnwindSafe(|| look(logbook));
        return task::block_in_place(|| catch_unwind(look)).ok();
    }
    let logbook = Arc::clone(logbook);
    task::spawn_blocking(move || look(&logbook)).await.ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}
