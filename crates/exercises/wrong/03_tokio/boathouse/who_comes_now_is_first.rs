// Of what has come at once, serves who asks before those who have waited.
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
    let mut batch = Vec::new();
    while requests.recv_many(&mut batch, 64).await > 0 {
        for request in batch.drain(..) {
            match request {
                Request::TakeBack(boat) => boats.push_back(boat),
                Request::Lend { answer } => match boats.pop_front() {
                    Some(boat) => boats.extend(answer.send(boat).err()),
                    None => waiting.push_back(answer),
                },
            }
        }
        while !boats.is_empty() {
            let Some(answer) = waiting.pop_front() else { break };
            if let Some(boat) = boats.pop_front() {
                boats.extend(answer.send(boat).err());
            }
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
