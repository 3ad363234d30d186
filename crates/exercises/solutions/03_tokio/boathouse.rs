// A boathouse lends boats. It is an actor: a task that owns the boats and answers requests. Who
// asks for a boat gets one as soon as there is one, first come, first served. Who has given up by
// then is passed over, and no boat is lost to them: they may give up at any moment, also just before
// the boat is sent. (A boat that was sent is theirs.) When the last handle is gone, `run` returns the
// boats that are there. It starts no tasks, and waits without looking again and again.
//
// How it is judged: by who has a boat at which moment, on a clock that moves only when everybody
// waits, and by the boats that are there in the end. In one test many wait, and give up on another
// thread.
//
// Lesson: chapter-03 actor

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
    use futures::executor::block_on;
    use std::task::{Context, Waker};
    use std::time::Duration;
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::{mpsc, oneshot};
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Log, Polls, thread_cpu_time, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// What is called a second here: a clock that ticks in round numbers does not meet it.
    const SECOND: Duration = Duration::from_micros(1_003_000);

    /// The second in which somebody comes, the seconds after which they give up, and for how many
    /// they keep a boat.
    type Visitor = (u32, u32, u32);

    struct Seen {
        /// Who got a boat in which second; visitors are counted from 0.
        lent: Vec<(usize, f64)>,
        /// The boats that were there in the end, sorted.
        boats: Vec<Boat>,
        /// How often the boathouse was polled.
        polls: usize,
        /// The most tasks.
        tasks: usize,
    }

    /// Plays a day in a boathouse with so many boats.
    fn day(boats: u32, visitors: Vec<Visitor>) -> Seen {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, lent, polls) = (Instant::now(), Log::new(), Polls::new());
                let tasks: Log<usize> = Log::new();
                let (requests, receiver) = mpsc::channel(4);
                let boathouse = Boathouse { requests };
                let actor = tokio::spawn(polls.watch(run((1..=boats).collect(), receiver)));
                for (visitor, (come, patience, keep)) in visitors.into_iter().enumerate() {
                    let (boathouse, lent, tasks) = (boathouse.clone(), lent.clone(), tasks.clone());
                    tokio::spawn(async move {
                        sleep(SECOND * come).await;
                        let patience = SECOND * patience;
                        if let Ok(boat) = timeout(patience, boathouse.lend()).await {
                            let boat = boat.expect("the boathouse is open, but gave no answer");
                            lent.push((visitor, start.elapsed().div_duration_f64(SECOND)));
                            tasks.push(Handle::current().metrics().num_alive_tasks());
                            sleep(SECOND * keep).await;
                            boathouse.take_back(boat).await;
                        }
                    });
                }
                drop(boathouse);
                let mut boats = actor.await.expect("the actor does not panic");
                boats.sort();
                let tasks = tasks.events().into_iter().max().unwrap_or(0);
                Seen { lent: lent.events(), boats, polls: polls.count(), tasks }
            })
        })
    }

    #[test]
    fn who_finds_a_boat_has_it_at_once() {
        let seen = day(3, vec![(1, 9, 20), (2, 9, 20), (3, 9, 20)]);
        assert_eq!(seen.lent, [(0, 1.0), (1, 2.0), (2, 3.0)]);
        assert_eq!(seen.boats, [1, 2, 3], "the boats that are there in the end");
    }

    #[test]
    fn who_finds_none_waits_until_one_comes_back() {
        let seen = day(1, vec![(0, 99, 10), (5, 99, 10)]);
        assert_eq!(seen.lent, [(0, 0.0), (1, 10.0)]);
        assert_eq!(seen.boats, [1]);
        assert!(seen.polls < 20, "polled {} times: it does not wait, it asks", seen.polls);
        assert!(seen.tasks <= 3, "beside it and two visitors there is another task");
    }

    #[test]
    fn first_come_first_served_however_many_come() {
        let visitors = (0..40).map(|visitor| (visitor, 999, 20)).collect();
        let seen = day(3, visitors);
        let order: Vec<usize> = seen.lent.iter().map(|&(visitor, _)| visitor).collect();
        assert_eq!(order, (0..40).collect::<Vec<_>>());
        assert_eq!(seen.boats, [1, 2, 3]);
        assert!(seen.tasks <= 41, "beside it and the visitors there are other tasks");
    }

    #[test]
    fn who_gives_up_just_before_the_boat_is_sent_takes_none() {
        const BOATS: u32 = 1_000;
        let got = within(LIMIT * 3, || {
            // On a busy machine each stop takes its time: the boathouse's own counts.
            let begun = (std::time::Instant::now(), thread_cpu_time());
            let enough = || match (begun.1, thread_cpu_time()) {
                (Some(before), Some(now)) => now - before > Duration::from_millis(150),
                _ => begun.0.elapsed() > Duration::from_millis(600),
            };
            let is_over = || enough() || begun.0.elapsed() > Duration::from_secs(4);
            let mut rounds = (0..1_000).map_while(|_| (!is_over()).then(|| chased(BOATS)));
            rounds.find(|got| *got != BOATS)
        });
        assert_eq!(got, None, "some who waited gave up, and so many of {BOATS} boats were lent");
    }

    /// Many wait, then boats come back. The boathouse is stopped again and again, wherever it is, and
    /// then whoever is next gives up. Returns how many boats were lent. All could be: others wait.
    fn chased(boats: u32) -> u32 {
        let (requests, receiver) = mpsc::channel(4 * boats as usize);
        let ask = |_| {
            let (answer, boat) = oneshot::channel();
            assert!(requests.try_send(Request::Lend { answer }).is_ok(), "there is room");
            boat
        };
        let mut waiting: Vec<_> = (0..2 * boats + 1).map(ask).collect();
        let mut day = Box::pin(run(VecDeque::new(), receiver));
        let polled = day.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "it is open");
        for boat in 0..boats {
            assert!(requests.try_send(Request::TakeBack(boat)).is_ok(), "there is room");
        }
        drop(requests);
        // No more give up than are left over, however slow the boathouse is.
        let (mut lent, mut next, mut gone) = (0, 0, 0);
        exercises::stopped_anywhere(
            || block_on(day),
            || {
                while let Some(boat) = waiting.get_mut(next) {
                    match boat.try_recv() {
                        Ok(_) => lent += 1,
                        Err(oneshot::error::TryRecvError::Closed) => {}
                        Err(oneshot::error::TryRecvError::Empty) => {
                            if gone < boats {
                                gone += 1;
                                boat.close();
                            }
                            return;
                        }
                    }
                    next += 1;
                }
            },
        );
        lent + waiting[next..].iter_mut().filter_map(|boat| boat.try_recv().ok()).count() as u32
    }

    #[test]
    fn however_many_have_given_up_the_next_in_the_queue_has_the_boat() {
        // Who sweeps the queue now and then keeps its order. Each boat that comes back finds
        // `gone` who have given up, and then somebody who waits.
        for (gone, rounds) in [(2, 40), (1_100, 3)] {
            let got = within(LIMIT, move || {
                let (requests, receiver) = mpsc::channel(5_000);
                let ask = || {
                    let (answer, boat) = oneshot::channel();
                    assert!(requests.try_send(Request::Lend { answer }).is_ok(), "there is room");
                    boat
                };
                let mut day = Box::pin(run(VecDeque::new(), receiver));
                let mut work = || {
                    let polled = day.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    assert!(polled.is_pending(), "it is open");
                };
                let mut waiting = VecDeque::new();
                for _ in 0..rounds {
                    let leave: Vec<_> = (0..gone).map(|_| ask()).collect();
                    waiting.push_back(ask());
                    // A limit on what is done in one poll: then another one is needed.
                    (0..40).for_each(|_| work());
                    drop(leave);
                }
                (0..rounds).position(|round| {
                    assert!(requests.try_send(Request::TakeBack(round)).is_ok(), "there is room");
                    // Who asks in the same moment stands behind those who wait.
                    waiting.push_back(ask());
                    (0..40).for_each(|_| work());
                    let mut next = waiting.pop_front().expect("somebody waits");
                    let others = waiting.iter_mut().any(|boat| boat.try_recv().is_ok());
                    next.try_recv().ok() != Some(round) || others
                })
            });
            assert_eq!(got, None, "a boat that the next did not get; {gone} had given up before");
        }
    }

    #[test]
    fn first_come_first_served() {
        let seen = day(2, vec![(0, 99, 10), (1, 99, 14), (2, 99, 10), (3, 99, 10), (4, 99, 10)]);
        assert_eq!(seen.lent, [(0, 0.0), (1, 1.0), (2, 10.0), (3, 15.0), (4, 20.0)]);
        assert_eq!(seen.boats, [1, 2]);
    }

    #[test]
    fn who_has_given_up_is_passed_over_and_no_boat_is_lost() {
        // Visitors 1 and 2 give up in the seconds 6 and 7. In second 10 the boat is back.
        let seen = day(1, vec![(0, 99, 10), (1, 5, 10), (2, 5, 10), (3, 99, 10)]);
        assert_eq!(seen.lent, [(0, 0.0), (3, 10.0)]);
        assert_eq!(seen.boats, [1], "the boats that are there in the end");
        // Nobody who waited is still there.
        let seen = day(1, vec![(0, 99, 10), (1, 5, 10), (20, 5, 10)]);
        assert_eq!(seen.lent, [(0, 0.0), (2, 20.0)]);
        assert_eq!(seen.boats, [1], "the boats that are there in the end");
    }
}
