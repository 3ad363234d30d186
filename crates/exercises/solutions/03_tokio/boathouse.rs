// A boathouse lends boats. It is an actor: a task that owns the boats and answers requests. Who
// asks for a boat gets one as soon as there is one, first come, first served. Who has given up by
// then is passed over, and no boat is lost to them. When the last handle is gone, `run` returns the
// boats that are there.
//
// How it is judged: by who has a boat in which second, on a clock that moves only when everybody
// waits, and by the boats that are there in the end.

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
            Request::Lend { answer } => waiting.push_back(answer),
            Request::TakeBack(boat) => boats.push_back(boat),
        }
        while !waiting.is_empty()
            && let Some(boat) = boats.pop_front()
        {
            let answer = waiting.pop_front().expect("somebody waits");
            // Whoever has given up does not take it: it stays here, for the next.
            if let Err(boat) = answer.send(boat) {
                boats.push_front(boat);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::sync::mpsc;
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Log, Polls, within};

    const LIMIT: Duration = Duration::from_secs(5);

    /// The second in which somebody comes, the seconds after which they give up, and for how many
    /// they keep a boat.
    type Visitor = (u64, u64, u64);

    struct Seen {
        /// Who got a boat in which second; visitors are counted from 0.
        lent: Vec<(usize, u64)>,
        /// The boats that were there in the end, sorted.
        boats: Vec<Boat>,
        /// How often the boathouse was polled.
        polls: usize,
    }

    /// Plays a day in a boathouse with so many boats.
    fn day(boats: u32, visitors: Vec<Visitor>) -> Seen {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, lent, polls) = (Instant::now(), Log::new(), Polls::new());
                let (requests, receiver) = mpsc::channel(4);
                let boathouse = Boathouse { requests };
                let actor = tokio::spawn(polls.watch(run((1..=boats).collect(), receiver)));
                for (visitor, (come, patience, keep)) in visitors.into_iter().enumerate() {
                    let (boathouse, lent) = (boathouse.clone(), lent.clone());
                    tokio::spawn(async move {
                        sleep(Duration::from_secs(come)).await;
                        let patience = Duration::from_secs(patience);
                        if let Ok(boat) = timeout(patience, boathouse.lend()).await {
                            let boat = boat.expect("the boathouse is open, but gave no answer");
                            lent.push((visitor, start.elapsed().as_secs()));
                            sleep(Duration::from_secs(keep)).await;
                            boathouse.take_back(boat).await;
                        }
                    });
                }
                drop(boathouse);
                let mut boats = actor.await.expect("the actor does not panic");
                boats.sort();
                Seen { lent: lent.events(), boats, polls: polls.count() }
            })
        })
    }

    #[test]
    fn who_finds_a_boat_has_it_at_once() {
        let seen = day(3, vec![(1, 9, 20), (2, 9, 20), (3, 9, 20)]);
        assert_eq!(seen.lent, [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(seen.boats, [1, 2, 3], "the boats that are there in the end");
    }

    #[test]
    fn who_finds_none_waits_until_one_comes_back() {
        let seen = day(1, vec![(0, 99, 10), (5, 99, 10)]);
        assert_eq!(seen.lent, [(0, 0), (1, 10)]);
        assert_eq!(seen.boats, [1]);
        assert!(seen.polls < 20, "polled {} times: it does not wait, it asks", seen.polls);
    }

    #[test]
    fn first_come_first_served() {
        let seen = day(2, vec![(0, 99, 10), (1, 99, 14), (2, 99, 10), (3, 99, 10), (4, 99, 10)]);
        assert_eq!(seen.lent, [(0, 0), (1, 1), (2, 10), (3, 15), (4, 20)]);
        assert_eq!(seen.boats, [1, 2]);
    }

    #[test]
    fn who_has_given_up_is_passed_over_and_no_boat_is_lost() {
        // Visitors 1 and 2 give up in the seconds 6 and 7. In second 10 the boat is back.
        let seen = day(1, vec![(0, 99, 10), (1, 5, 10), (2, 5, 10), (3, 99, 10)]);
        assert_eq!(seen.lent, [(0, 0), (3, 10)]);
        assert_eq!(seen.boats, [1], "the boats that are there in the end");
        // Nobody who waited is still there.
        let seen = day(1, vec![(0, 99, 10), (1, 5, 10), (20, 5, 10)]);
        assert_eq!(seen.lent, [(0, 0), (2, 20)]);
        assert_eq!(seen.boats, [1], "the boats that are there in the end");
    }
}
