// A thread of its own for each look, which lets go of the log and then answers.

use std::sync::Arc;
use tokio::sync::oneshot;

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let (tell, found) = oneshot::channel();
    let log = Arc::clone(logbook);
    std::thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || {
            // Dropped in any case before `tell`, also by a panic.
            let answer = {
                let log = log;
                look(&log)
            };
            let _ = tell.send(answer);
        })
        .ok()?;
    found.await.ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}
