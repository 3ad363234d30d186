// Sweeps out those who have given up, and puts the last in their places.
// => failed however_many_have_given_up_the_next_in_the_queue_has_the_boat

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
    let mut waiting: VecDeque<oneshot::Sender<Boat>> = VecDeque::new();
    while let Some(request) = requests.recv().await {
        match request {
            Request::Lend { answer } => match boats.pop_front() {
                Some(boat) => {
                    if let Err(boat) = answer.send(boat) {
                        boats.push_front(boat);
                    }
                }
                None => waiting.push_back(answer),
            },
            Request::TakeBack(boat) => {
                let mut nth = 0;
                while nth < waiting.len() {
                    if waiting[nth].is_closed() {
                        waiting.swap_remove_back(nth);
                    } else {
                        nth += 1;
                    }
                }
                let mut left = Some(boat);
                while let Some(boat) = left.take() {
                    match waiting.pop_front() {
                        Some(answer) => left = answer.send(boat).err(),
                        None => boats.push_back(boat),
                    }
                }
            },
        }
    }
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
