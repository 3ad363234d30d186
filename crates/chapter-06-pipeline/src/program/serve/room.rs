//! Room for connections. There is a number of places; where all are taken, one
//! that has not asked for anything for a while makes place for a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Duration, Instant, sleep_until};

/// Time for a connection's first request to be read. Where a thousand come at
/// once, each of them has asked, and no server has read all of it yet.
const FIRST_WORD: Duration = Duration::from_millis(250);

/// The places of a server.
#[derive(Debug)]
pub(super) struct Room {
    places: usize,
    free: Arc<Semaphore>,
    silent: Mutex<Silent>,
    /// Told when there is one more that is silent.
    joined: Notify,
}

/// Those that have not asked yet, by the order in which they came. A message
/// tells one to leave.
#[derive(Debug, Default)]
struct Silent {
    next: u64,
    waiting: BTreeMap<u64, (Instant, oneshot::Sender<()>)>,
}

impl Silent {
    /// Tells the first to leave, if its time is over. Returns when it will be,
    /// if not.
    fn ask_to_leave(&mut self) -> Option<Instant> {
        let first = self.waiting.first_entry()?;
        let over = first.get().0 + FIRST_WORD;
        if over > Instant::now() {
            return Some(over);
        }
        // It may be leaving by itself.
        let _ = first.remove().1.send(());
        None
    }
}

/// One that has a place, until it is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    room: Arc<Room>,
    number: u64,
    _place: OwnedSemaphorePermit,
}

/// What tells a guest to leave.
#[derive(Debug)]
pub(super) struct Leave(oneshot::Receiver<()>);

impl Leave {
    /// Waits until the guest is to leave: forever, if it has asked.
    pub(super) async fn told(self) {
        if self.0.await.is_err() {
            std::future::pending().await
        }
    }
}

impl Room {
    /// A room with a number of places.
    pub(super) fn new(places: usize) -> Arc<Room> {
        Arc::new(Room {
            places,
            free: Arc::new(Semaphore::new(places)),
            silent: Mutex::default(),
            joined: Notify::new(),
        })
    }

    /// Waits for a place. Where there is none, the one that has been silent for
    /// longest is told to leave, once it has had its time; who has asked is
    /// not.
    pub(super) async fn enter(self: &Arc<Self>) -> (Guest, Leave) {
        let place = loop {
            let joined = self.joined.notified();
            if let Some(place) = self.place() {
                break place;
            }
            let over = self.silent().ask_to_leave();
            let time_is_over = async {
                match over {
                    Some(over) => sleep_until(over).await,
                    None => std::future::pending().await,
                }
            };
            let free = Arc::clone(&self.free).acquire_owned();
            tokio::select! {
                place = free => break place.expect("it is never closed"),
                () = joined => {}
                () = time_is_over => {}
            }
        };
        self.seat(place)
    }

    /// A place for one more guest, if there is one.
    pub(super) fn try_enter(self: &Arc<Self>) -> Option<(Guest, Leave)> {
        self.place().map(|place| self.seat(place))
    }

    fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    fn seat(self: &Arc<Self>, place: OwnedSemaphorePermit) -> (Guest, Leave) {
        let (leave, told) = oneshot::channel();
        let number = {
            let mut silent = self.silent();
            silent.next += 1;
            let number = silent.next;
            silent.waiting.insert(number, (Instant::now(), leave));
            number
        };
        self.joined.notify_waiters();
        let guest = Guest { room: Arc::clone(self), number, _place: place };
        (guest, Leave(told))
    }

    /// Whether more than half of the places are taken.
    pub(super) fn is_crowded(&self) -> bool {
        self.free.available_permits() < self.places / 2
    }

    fn silent(&self) -> MutexGuard<'_, Silent> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// Notes that it has asked.
    pub(super) fn asks(&self) {
        self.room.silent().waiting.remove(&self.number);
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.asks();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_for_longest_makes_place_and_who_has_asked_does_not()
    {
        let room = Room::new(3);
        let (asking, _) = room.enter().await;
        let ((first, leave), (second, stay)) =
            (room.enter().await, room.enter().await);
        asking.asks();
        let (mut leave, mut stay) =
            (Box::pin(leave.told()), Box::pin(stay.told()));
        let mut fourth = Box::pin(room.enter());
        assert!(fourth.as_mut().now_or_never().is_none(), "no place is free");
        assert!(leave.as_mut().now_or_never().is_none(), "it has just come");
        advance(FIRST_WORD).await;
        assert!(fourth.as_mut().now_or_never().is_none(), "no place is free");
        assert!(leave.as_mut().now_or_never().is_some(), "the first is told");
        assert!(stay.as_mut().now_or_never().is_none(), "and nobody else");
        drop(first);
        let (fourth, _) = fourth.now_or_never().expect("there is a place");
        // Nobody is silent anymore: nobody has to leave.
        second.asks();
        fourth.asks();
        let mut fifth = Box::pin(room.enter());
        assert!(fifth.as_mut().now_or_never().is_none());
        assert!(stay.as_mut().now_or_never().is_none(), "it has asked");
        drop(asking);
        let (fifth, _) = fifth.now_or_never().expect("there is a place");
        assert!(room.try_enter().is_none() && room.is_crowded());
        drop((second, fourth, fifth));
        assert!(room.try_enter().is_some() && !room.is_crowded());
    }
}
