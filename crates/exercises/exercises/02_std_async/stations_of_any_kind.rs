// Weather stations are of many kinds, and each kind measures in its own way. `ask` asks one station
// on a thread of its own. `ask_all` asks a list of stations of several kinds. This does not
// compile, for two reasons. Repair it, and finish it.
//
// What is wanted: a new kind of station is written as those below are, with `async fn degrees`, and
// its future needs no box when it is asked alone. What `any` returns goes into a list, and threads
// may share it. `ask_all` asks all at the same time, each once, on the thread that polls it, and
// returns what they said in the order of the list. It may be a task of a runtime with many threads,
// so its future is `Send`. If it is dropped, so is all the asking. Several may ask one list at the
// same time, and each asks anew. The futures crate may be used.
//
// How it is judged: the stations of one test wait for each other. Another measures on a clock that
// moves only when everybody waits. The tests have kinds of their own. They know the names below;
// what `Station` and `AnyStation` are and what the functions do inside is yours.
//
// Lesson: chapter-02 boxed

use futures::executor::block_on;
use std::pin::Pin;
use std::thread::{self, JoinHandle};

trait Station {
    // TODO: what has somebody to know of this future who takes it to another thread?
    /// Measures the temperature.
    async fn degrees(&self) -> i32;
}

/// A station on a roof.
struct Roof(i32);

impl Station for Roof {
    async fn degrees(&self) -> i32 {
        self.0
    }
}

/// A buoy far out, which answers by radio.
struct Buoy(String);

impl Station for Buoy {
    async fn degrees(&self) -> i32 {
        tokio::task::yield_now().await;
        self.0.parse().unwrap_or_default()
    }
}

/// A station of any kind.
// TODO: a list calls `degrees` without knowing the kind. Of which type is the future then?
type AnyStation = Box<dyn Station + Send + Sync>;

fn any(station: impl Station + Send + Sync + 'static) -> AnyStation {
    Box::new(station)
}

/// Asks one station on a thread of its own.
fn ask(station: &(impl Station + Sync)) -> i32 {
    let asking = station.degrees();
    thread::scope(|scope| scope.spawn(|| block_on(asking)).join()).expect("no station panics")
}

/// Asks all stations at the same time. Returns what they said, in their order.
async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    // TODO: all at the same time.
    let mut degrees = Vec::new();
    for station in stations {
        degrees.push(station.degrees().await);
    }
    degrees
}

/// Runs a future on a thread of its own.
fn on_a_thread<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    thread::spawn(|| block_on(future))
}

fn main() {
    println!("the roof alone: {}", ask(&Roof(21)));
    let stations = vec![any(Roof(19)), any(Buoy("12".to_owned()))];
    println!("the roof and the buoy: {:?}", block_on(ask_all(&stations)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Drops, Log, Peak, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// A list of stations may be sent to another thread, and be used by two.
    const _: () = {
        const fn may_move<T: Send + Sync>() {}
        may_move::<AnyStation>();
    };

    /// Answers when all the others have been asked.
    struct Sociable(i32, Rendezvous);

    impl Station for Sociable {
        async fn degrees(&self) -> i32 {
            self.1.meet_async().await;
            self.0
        }
    }

    /// Answers after so many seconds, and notes who was asked, and on which thread.
    struct Slow {
        takes: u64,
        asked: Log<(u64, thread::ThreadId)>,
        drops: Drops,
        peak: Peak,
    }

    impl Slow {
        fn new(takes: u64) -> Slow {
            Slow { takes, asked: Log::new(), drops: Drops::new(), peak: Peak::new() }
        }

        fn like(&self, takes: u64) -> Slow {
            let (asked, drops, peak) = (self.asked.clone(), self.drops.clone(), self.peak.clone());
            Slow { takes, asked, drops, peak }
        }
    }

    impl Station for Slow {
        async fn degrees(&self) -> i32 {
            let (guard, _asked) = (self.drops.guard(), self.peak.enter());
            self.asked.push((self.takes, thread::current().id()));
            sleep(Duration::from_secs(self.takes)).await;
            guard.finish();
            i32::try_from(self.takes).expect("no more than a few minutes")
        }
    }

    /// Answers at once, from what it has borrowed from itself.
    struct Written(String);

    impl Station for Written {
        async fn degrees(&self) -> i32 {
            let text: &str = &self.0;
            futures::future::ready(()).await;
            text.len().try_into().expect("a short text")
        }
    }

    /// Notes on which thread it is asked.
    struct Here(Log<thread::ThreadId>);

    impl Station for Here {
        async fn degrees(&self) -> i32 {
            self.0.push(thread::current().id());
            4
        }
    }

    /// Runs a test on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

    #[test]
    fn one_station_is_asked_on_a_thread_of_its_own() {
        let (degrees, asked, here) = within(LIMIT, || {
            let station = Here(Log::new());
            (ask(&station), station.0.events(), thread::current().id())
        });
        assert_eq!(degrees, 4, "what the station said");
        assert_eq!(asked.len(), 1, "how often it was asked");
        assert_ne!(asked[0], here, "it was asked on the thread that called `ask`");
    }

    #[test]
    fn kinds_may_stand_in_one_list() {
        let said = paused(async || {
            let stations = [any(Slow::new(7)), any(Written("icy".to_owned())), any(Roof(-2))];
            ask_all(&stations).await
        });
        assert_eq!(said, [7, 3, -2], "what they said, in the order of the list");
    }

    #[test]
    fn all_are_asked_at_the_same_time() {
        for many in [3, 9, 16, 40, 150] {
            let said = paused(async move || {
                let meeting = Rendezvous::new(many as usize);
                let stations: Vec<AnyStation> =
                    (0..many).map(|nth| any(Sociable(nth, meeting.clone()))).collect();
                timeout(Duration::from_secs(60), ask_all(&stations)).await.ok()
            });
            let all: Vec<i32> = (0..many).collect();
            assert_eq!(said, Some(all), "{many} stations, and each waits for all to be asked");
        }
    }

    #[test]
    fn the_slowest_says_how_long_it_takes() {
        let (said, seconds) = paused(async || {
            let start = Instant::now();
            let stations: Vec<AnyStation> = [5, 60, 1, 60, 7].map(|s| any(Slow::new(s))).into();
            (ask_all(&stations).await, start.elapsed().as_secs())
        });
        assert_eq!(said, [5, 60, 1, 60, 7], "in the order of the list, not as they come");
        assert_eq!(seconds, 60, "seconds for all");
    }

    #[test]
    fn each_is_asked_once_and_on_this_thread() {
        let (asked, here, peak) = paused(async || {
            let first = Slow::new(1);
            let (asked, peak) = (first.asked.clone(), first.peak.clone());
            let mut stations = vec![any(first.like(2)), any(first.like(3))];
            stations.insert(0, any(first));
            ask_all(&stations).await;
            let once = (asked.events(), thread::current().id(), peak.max());
            ask_all(&stations).await;
            assert_eq!(asked.len(), 6, "stations that were asked, when all were asked twice");
            once
        });
        assert_eq!(asked, [(1, here), (2, here), (3, here)], "who was asked, on which thread");
        assert_eq!(peak, 3, "stations that were being asked at the same time");
    }

    #[test]
    fn several_may_ask_one_list_at_the_same_time() {
        let said = paused(async || {
            let meeting = Rendezvous::new(9);
            let list: Vec<AnyStation> =
                (0..3).map(|nth| any(Sociable(nth, meeting.clone()))).collect();
            let all = async { tokio::join!(ask_all(&list), ask_all(&list), ask_all(&list)) };
            timeout(Duration::from_secs(60), all).await.ok()
        });
        let all = || vec![0, 1, 2];
        assert_eq!(said, Some((all(), all(), all())), "three asked, and each waited for all");
    }

    #[test]
    fn two_lists_can_be_asked_on_one_thread() {
        let said = paused(async || {
            let meeting = Rendezvous::new(6);
            let list = |from: i32| -> Vec<AnyStation> {
                (from..from + 3).map(|nth| any(Sociable(nth, meeting.clone()))).collect()
            };
            let (east, west) = (list(0), list(3));
            let both = async { tokio::join!(ask_all(&east), ask_all(&west)) };
            timeout(Duration::from_secs(60), both).await.ok()
        });
        let expected = Some((vec![0, 1, 2], vec![3, 4, 5]));
        assert_eq!(said, expected, "`ask_all` keeps the thread for itself while it waits");
    }

    #[test]
    fn asking_all_may_be_a_task() {
        let said = within(LIMIT, || {
            let stations = vec![any(Roof(3)), any(Buoy("4".to_owned()))];
            on_a_thread(async move { ask_all(&stations).await }).join().ok()
        });
        assert_eq!(said, Some(vec![3, 4]));
    }

    #[test]
    fn who_stops_asking_stops_all() {
        let (alive, canceled) = paused(async || {
            let first = Slow::new(30);
            let drops = first.drops.clone();
            let stations = [any(first.like(10)), any(first.like(50)), any(first)];
            let stopped = timeout(Duration::from_secs(20), ask_all(&stations)).await;
            assert!(stopped.is_err(), "two of them take longer than 20 s");
            (drops.alive(), drops.canceled())
        });
        assert_eq!((alive, canceled), (0, 2), "stations still being asked, and stopped");
    }

    #[test]
    fn an_empty_list_has_nothing_to_say() {
        assert_eq!(paused(async || ask_all(&[]).await), []);
    }
}
