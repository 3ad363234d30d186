// The largest number stands for a panic.
// => failed any_number_may_be_found

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task;

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let logbook = Arc::clone(logbook);
    let found = Arc::new(AtomicUsize::new(usize::MAX));
    let note = Arc::clone(&found);
    let _ = task::spawn_blocking(move || note.store(look(&logbook), Ordering::SeqCst)).await;
    match found.load(Ordering::SeqCst) {
        usize::MAX => None,
        found => Some(found),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}
