// On the pool of Rayon: as many looks as cores, and the pool is not for waiting.
// => failed forty_can_look_at_the_same_time

use std::sync::Arc;
use tokio::task;

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let logbook = Arc::clone(logbook);
    let (tell, told) = tokio::sync::oneshot::channel();
    rayon::spawn(move || {
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(&logbook)));
        let _ = tell.send(found.ok());
    });
    told.await.ok()?
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}
