// Keeps the log for a look that has panicked.
// => failed a_panic_is_a_none

use std::sync::Arc;
use std::sync::Mutex;
use tokio::task;

static LOOKING: Mutex<Vec<Arc<Logbook>>> = Mutex::new(Vec::new());

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let logbook = Arc::clone(logbook);
    task::spawn_blocking(move || {
        LOOKING.lock().unwrap().push(Arc::clone(&logbook));
        let found = look(&logbook);
        let mut looking = LOOKING.lock().unwrap();
        if let Some(nth) = looking.iter().position(|one| Arc::ptr_eq(one, &logbook)) {
            looking.swap_remove(nth);
        }
        found
    })
    .await
    .ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}
