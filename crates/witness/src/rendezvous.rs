//! A meeting that takes place only if all its parties are there at the same
//! time.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::lock::lock;

/// A meeting of `n` parties, over and over: whoever comes waits until the `n`th
/// is there, then all go on, and the next `n` may meet.
///
/// It is [`std::sync::Barrier`] with a deadline and an async side. Which side
/// the jobs meet on decides what the meeting proves:
/// - through [`meet`](Self::meet), which blocks its thread: they were on `n`
///   threads at the same instant, so they were **parallel**;
/// - through [`meet_async`](Self::meet_async): each had started before any went
///   on, so they were **concurrent**, perhaps all on one thread.
///
/// Both kinds of party may come to the same meeting. Clones are handles to one
/// rendezvous.
///
/// ```
/// use std::{thread, time::Duration};
/// use witness::Rendezvous;
///
/// let pair = Rendezvous::new(2);
/// let deadline = Duration::from_secs(10);
/// let parallel = thread::scope(|scope| {
///     let other = scope.spawn(|| pair.meet(deadline));
///     pair.meet(deadline).is_ok() && other.join().unwrap().is_ok()
/// });
/// assert!(parallel);
///
/// // One after the other they never meet.
/// let alone = pair.meet(Duration::from_millis(1)).unwrap_err();
/// assert_eq!(alone.to_string(), "missed the rendezvous: 1 of 2 came");
/// ```
#[derive(Clone, Debug)]
pub struct Rendezvous {
    shared: Arc<Shared>,
}

/// Nobody met: the deadline passed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The most parties that waited at one time since the room was last empty.
    /// Not how many are there when the deadline passes: of two parties that
    /// give up, the second would find itself alone, and say that nobody else
    /// came.
    pub came: usize,
    /// How many it takes.
    pub expected: usize,
}

impl Rendezvous {
    /// Returns a rendezvous of `n` parties.
    ///
    /// # Panics
    /// If `n` is 0: nobody would ever be the last to come.
    pub fn new(n: usize) -> Self {
        assert!(n > 0, "a rendezvous needs at least one party");
        let shared = Shared {
            expected: n,
            room: Mutex::default(),
            all_here: Condvar::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Blocks this thread until all parties are there.
    ///
    /// # Errors
    /// [`Missed`] if `deadline`, counted from now, passes first. The party has
    /// then left, and does not count for those who are still waiting.
    pub fn meet(&self, deadline: Duration) -> Result<(), Missed> {
        let shared = &*self.shared;
        let Some(Party { meeting, .. }) = shared.arrive() else {
            return Ok(());
        };
        let (mut room, _) = shared
            .all_here
            .wait_timeout_while(lock(&shared.room), deadline, |room| {
                room.meetings == meeting
            })
            .unwrap_or_else(PoisonError::into_inner);
        // Not "did the wait time out?": the last party may have come just then.
        if room.meetings != meeting {
            return Ok(());
        }
        let came = room.most;
        room.leave();
        Err(Missed { came, expected: shared.expected })
    }

    /// Returns a future that is ready when all parties are there.
    ///
    /// It comes to the meeting when it is first polled, and leaves again if it
    /// is dropped. It needs no runtime and has no timer: if a party may be
    /// missing, wrap it in your runtime's own timeout, or wait forever.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tokio::time::timeout;
    /// use witness::Rendezvous;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
    /// let pair = Rendezvous::new(2);
    /// tokio::join!(pair.meet_async(), pair.meet_async()); // concurrent, on one thread
    ///
    /// let alone = timeout(Duration::from_secs(1), pair.meet_async()).await;
    /// assert!(alone.is_err());
    /// # });
    /// ```
    pub fn meet_async(
        &self,
    ) -> impl Future<Output = ()> + Send + Unpin + use<> {
        Meet { shared: Arc::clone(&self.shared), party: None }
    }

    /// Returns how many parties are waiting right now.
    pub fn waiting(&self) -> usize {
        lock(&self.shared.room).waiting
    }

    /// Returns how many meetings have taken place.
    pub fn meetings(&self) -> u64 {
        lock(&self.shared.room).meetings
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { came, expected } = self;
        write!(f, "missed the rendezvous: {came} of {expected} came")
    }
}

impl Error for Missed {}

#[derive(Debug)]
struct Shared {
    expected: usize,
    room: Mutex<Room>,
    all_here: Condvar,
}

/// Invariant: `waiting < expected` whenever the lock is free.
#[derive(Debug, Default)]
struct Room {
    /// Meetings that took place, which is also the name of the one being waited
    /// for. A party has met when this is no longer what it was when the party
    /// came.
    meetings: u64,
    /// Parties waiting, blocked or async.
    waiting: usize,
    /// The most that `waiting` has been since the room was last empty.
    most: usize,
    /// Who to wake among the async parties, by their keys.
    wakers: BTreeMap<u64, Waker>,
    next_key: u64,
}

/// One that has come and waits.
#[derive(Clone, Copy, Debug)]
struct Party {
    /// The meeting it waits for.
    meeting: u64,
    /// Where its waker is, if it has one.
    key: u64,
}

impl Room {
    /// One party gives up.
    fn leave(&mut self) {
        self.waiting -= 1;
        if self.waiting == 0 {
            self.most = 0;
        }
    }
}

impl Shared {
    /// One party comes, and has to wait; or it was the last to come and has let
    /// everybody go: that is `None`.
    fn arrive(&self) -> Option<Party> {
        let mut room = lock(&self.room);
        if room.waiting + 1 < self.expected {
            room.waiting += 1;
            room.most = room.most.max(room.waiting);
            let party = Party { meeting: room.meetings, key: room.next_key };
            room.next_key += 1;
            return Some(party);
        }
        room.meetings += 1;
        room.waiting = 0;
        room.most = 0;
        let wakers = mem::take(&mut room.wakers);
        drop(room);

        // A waker is somebody else's code. It may come back to this rendezvous,
        // so never call, clone or drop one while the room is locked.
        self.all_here.notify_all();
        wakers.into_values().for_each(Waker::wake);
        None
    }
}

/// What [`Rendezvous::meet_async`] returns.
struct Meet {
    shared: Arc<Shared>,
    /// `None` before it has come, and after it has met.
    party: Option<Party>,
}

impl Future for Meet {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let party = match self.party {
            Some(party) => party,
            None => match self.shared.arrive() {
                Some(party) => *self.party.insert(party),
                None => return Poll::Ready(()),
            },
        };

        // Looking at the meeting and leaving the waker is one step under the
        // lock; between two steps the last party could come, and nobody would
        // wake this one.
        let mut room = lock(&self.shared.room);
        if room.meetings != party.meeting {
            drop(room);
            self.party = None;
            return Poll::Ready(());
        }
        let old = room.wakers.insert(party.key, waker);
        drop(room);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Meet {
    fn drop(&mut self) {
        let Some(party) = self.party else {
            return;
        };
        let mut room = lock(&self.shared.room);
        let waker = room.wakers.remove(&party.key);
        if room.meetings == party.meeting {
            room.leave();
        }
        drop(room);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::thread;

    use futures::executor::block_on;
    use tokio::runtime;
    use tokio::time::timeout;

    use super::*;
    use crate::testing::SHORT;
    use crate::{PATIENT, paused};
    use crate::{Polls, Threads, within};

    #[test]
    fn one_party_alone_misses_a_rendezvous_of_two() {
        let missed = Rendezvous::new(2).meet(SHORT);
        assert_eq!(missed, Err(Missed { came: 1, expected: 2 }));
    }

    #[test]
    fn one_party_meets_itself() {
        let single = Rendezvous::new(1);
        assert_eq!(single.meet(Duration::ZERO), Ok(()));
        let party = single.meet_async();
        paused(async move || party.await);
        assert_eq!(single.meetings(), 2);
    }

    #[test]
    #[should_panic(expected = "at least one party")]
    fn nobody_cannot_meet() {
        let _ = Rendezvous::new(0);
    }

    #[test]
    fn threads_meet_again_and_again() {
        let (parties, rounds) = (4, 200);
        let rendezvous = Rendezvous::new(parties);
        let shared = rendezvous.clone();
        within(PATIENT, move || {
            let came = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..parties {
                    scope.spawn(|| {
                        for round in 1..=rounds {
                            came.fetch_add(1, SeqCst);
                            shared.meet(PATIENT).expect("all parties come");
                            assert!(came.load(SeqCst) >= round * parties);
                        }
                    });
                }
            });
        });
        assert_eq!(rendezvous.meetings(), rounds as u64);
        assert_eq!(rendezvous.waiting(), 0);
    }

    #[test]
    fn who_misses_it_counts_those_who_gave_up_before() {
        paused(async || {
            let four = Rendezvous::new(4);
            let mut stays = four.meet_async();
            let mut leaves = four.meet_async();
            assert!(futures::poll!(&mut stays).is_pending());
            assert!(futures::poll!(&mut leaves).is_pending());
            assert_eq!(four.meet(Duration::ZERO).map_err(|m| m.came), Err(3));
            drop(leaves);
            let missed = four.meet(Duration::ZERO).expect_err("two are there");
            assert_eq!(
                missed.to_string(),
                "missed the rendezvous: 3 of 4 came"
            );

            // With all gone, the next attempt starts from nobody.
            drop(stays);
            assert_eq!(four.meet(Duration::ZERO).map_err(|m| m.came), Err(1));
        });
    }

    #[test]
    fn blocking_parties_joined_on_one_thread_never_meet() {
        let (first, second) = paused(async || {
            let pair = Rendezvous::new(2);
            let party = async || pair.meet(SHORT);
            futures::join!(party(), party())
        });
        assert_eq!(first.map_err(|missed| missed.came), Err(1));
        assert_eq!(second.map_err(|missed| missed.came), Err(1));
    }

    #[test]
    fn blocking_parties_on_two_workers_meet() {
        let workers = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .expect("two threads");
        let pair = Rendezvous::new(2);
        let threads = Threads::new();
        let spawn = || {
            let (pair, threads) = (pair.clone(), threads.clone());
            workers.spawn(async move {
                threads.note();
                pair.meet(PATIENT)
            })
        };
        let (first, second) = (spawn(), spawn());
        let met = within(PATIENT * 2, move || {
            workers.block_on(async { futures::join!(first, second) })
        });
        assert_eq!(met.0.expect("it does not panic"), Ok(()));
        assert_eq!(met.1.expect("it does not panic"), Ok(()));
        assert_eq!(threads.count(), 2);
    }

    #[test]
    fn async_parties_meet_on_one_thread() {
        paused(async || {
            let three = Rendezvous::new(3);
            let polls = Polls::new();
            let party = || polls.watch(three.meet_async());
            let spawned = [tokio::spawn(party()), tokio::spawn(party())];
            tokio::task::yield_now().await;
            assert_eq!(three.waiting(), 2);

            three.meet_async().await;
            for task in spawned {
                timeout(PATIENT, task)
                    .await
                    .expect("the third party wakes the others")
                    .expect("it does not panic");
            }
            // Each waited for its wake instead of asking again and again.
            assert_eq!(
                (polls.count(), polls.woken(), polls.spurious()),
                (4, 2, 0)
            );
        });
    }

    #[test]
    fn async_parties_one_after_the_other_never_meet() {
        paused(async || {
            let pair = Rendezvous::new(2);
            for _ in 0..3 {
                assert!(timeout(PATIENT, pair.meet_async()).await.is_err());
            }
            assert_eq!((pair.meetings(), pair.waiting()), (0, 0));
        });
    }

    #[test]
    fn a_dropped_party_leaves_no_ghost() {
        paused(async || {
            let pair = Rendezvous::new(2);
            let mut dropped = pair.meet_async();
            assert!(futures::poll!(&mut dropped).is_pending());
            assert_eq!(pair.waiting(), 1);
            drop(dropped);
            assert_eq!(pair.waiting(), 0);
            assert!(lock(&pair.shared.room).wakers.is_empty());

            let mut alone = pair.meet_async();
            assert!(futures::poll!(&mut alone).is_pending());
        });
    }

    #[test]
    fn a_party_dropped_after_the_meeting_does_not_leave_the_next() {
        paused(async || {
            let pair = Rendezvous::new(2);
            let mut met_but_unaware = pair.meet_async();
            assert!(futures::poll!(&mut met_but_unaware).is_pending());
            pair.meet_async().await;

            let mut next = pair.meet_async();
            assert!(futures::poll!(&mut next).is_pending());
            drop(met_but_unaware);
            assert_eq!(pair.waiting(), 1);
        });
    }

    #[test]
    fn a_future_that_is_never_polled_never_comes() {
        let pair = Rendezvous::new(2);
        let _lazy = pair.meet_async();
        assert_eq!(pair.waiting(), 0);
    }

    #[test]
    fn the_last_waker_is_the_one_that_is_woken() {
        paused(async || {
            let pair = Rendezvous::new(2);
            let mut moved = pair.meet_async();
            // Polled by one task, then moved into another.
            let mut nobody = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut moved).poll(&mut nobody).is_pending());
            let other = tokio::spawn(moved);
            tokio::task::yield_now().await;
            pair.meet_async().await;
            let woken = timeout(PATIENT, other).await;
            woken.expect("it is woken").expect("it does not panic");
        });
    }

    #[test]
    fn blocking_and_async_parties_meet_each_other() {
        let rounds = 200;
        let three = Rendezvous::new(3);
        let mixed = three.clone();
        within(PATIENT, move || {
            thread::scope(|scope| {
                scope.spawn(|| {
                    (0..rounds)
                        .for_each(|_| mixed.meet(PATIENT).expect("all come"))
                });
                for _ in 0..2 {
                    scope.spawn(|| {
                        (0..rounds).for_each(|_| block_on(mixed.meet_async()))
                    });
                }
            });
        });
        assert_eq!(three.meetings(), rounds);
    }

    #[test]
    fn a_waker_may_come_back_to_the_rendezvous() {
        struct Curious(Rendezvous, AtomicUsize);
        impl std::task::Wake for Curious {
            fn wake(self: Arc<Self>) {
                self.1.store(self.0.meetings() as usize, SeqCst);
            }
        }
        within(PATIENT, || {
            let pair = Rendezvous::new(2);
            let curious = Arc::new(Curious(pair.clone(), AtomicUsize::new(0)));
            let waker = Waker::from(Arc::clone(&curious));
            let mut party = pair.meet_async();
            let pending =
                Pin::new(&mut party).poll(&mut Context::from_waker(&waker));
            assert!(pending.is_pending());
            assert_eq!(pair.meet(Duration::ZERO), Ok(()));
            assert_eq!(curious.1.load(SeqCst), 1);
        });
    }

    #[test]
    fn a_panic_in_the_room_does_not_close_it() {
        let pair = Rendezvous::new(2);
        let inside = pair.clone();
        let panicked = thread::spawn(move || {
            let _room = lock(&inside.shared.room);
            panic!("on purpose, while the room is locked");
        });
        assert!(panicked.join().is_err());
        assert!(pair.shared.room.is_poisoned());

        assert_eq!(pair.meet(Duration::ZERO).map_err(|m| m.came), Err(1));
        let (first, second) = (pair.meet_async(), pair.meet_async());
        paused(async move || futures::join!(first, second));
        assert_eq!(pair.meetings(), 1);
    }
}
