// At most forty look at the same time: the forty-first waits.
// => failed forty_can_look_at_the_same_time

use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task;

static DESKS: Semaphore = Semaphore::const_new(40);

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let _desk = DESKS.acquire().await.ok()?;
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
