// A task for each who waits, with a try every 10 ms.
// => failed who_finds_none_waits_until_one_comes_back

use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot};

type Boat = u32;

enum Request {
    Lend { answer: oneshot::Sender<Boat> },
    TakeBack(Boat),
}

#[derive(Clone)]
struct Boathouse {
    requests: mpsc::Sender<Request>,
}

impl Boathouse {
    /// Waits for a boat. `None` if the boathouse is closed.
    async fn lend(&self) -> Option<Boat> {
        let (answer, boat) = oneshot::channel();
        self.requests.send(Request::Lend { answer }).await.ok()?;
        boat.await.ok()
    }

    async fn take_back(&self, boat: Boat) {
        // Nobody takes it back when the boathouse is closed.
        let _ = self.requests.send(Request::TakeBack(boat)).await;
    }
}

async fn run(mut boats: VecDeque<Boat>, mut requests: mpsc::Receiver<Request>) -> Vec<Boat> {
    use std::sync::{Arc, Mutex};
    let shared = Arc::new(Mutex::new(boats));
    while let Some(request) = requests.recv().await {
        match request {
            Request::Lend { answer } => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    loop {
                        let boat = shared.lock().unwrap().pop_front();
                        if let Some(boat) = boat {
                            if let Err(boat) = answer.send(boat) { shared.lock().unwrap().push_front(boat); }
                            return;
                        }
                        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                    }
                });
            }
            Request::TakeBack(boat) => shared.lock().unwrap().push_back(boat),
        }
    }
    let boats = std::mem::take(&mut *shared.lock().unwrap());
    boats.into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (requests, receiver) = mpsc::channel(4);
    let actor = tokio::spawn(run([1, 2].into(), receiver));
    let boathouse = Boathouse { requests };
    let (first, second) = tokio::join!(boathouse.lend(), boathouse.lend());
    println!("lent: {first:?} and {second:?}");
    boathouse.take_back(2).await;
    drop(boathouse);
    println!("there in the end: {:?}", actor.await.expect("the actor does not panic"));
}
