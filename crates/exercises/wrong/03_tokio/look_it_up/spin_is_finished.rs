// Spins with yield_now until the thread has ended: keeps two threads busy instead of one.
// => failed who_waits_is_polled_when_something_was_found

use std::sync::Arc;
use tokio::task;

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let logbook = Arc::clone(logbook);
    let looking = std::thread::spawn(move || look(&logbook));
    while !looking.is_finished() {
        task::yield_now().await;
    }
    looking.join().ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}
