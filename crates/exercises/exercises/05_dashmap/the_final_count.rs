// Count the votes of all polling stations. Each station has a thread of its own, and all of them
// share one map. Return the votes for each name when the last station has closed. This does not
// compile, and rightly so: it would count while people still vote. Repair it.
//
// How it is judged: the stations of one test wait for each other, 300 of them. No vote may be
// missing, also of those who vote for one name at the same moment. No name may be cloned: in the end
// nobody else needs the map, so you can have it, and not a copy. If a station panics, so do you.
//
// Lesson: chapter-05 counting

use dashmap::DashMap;
use std::collections::HashMap;
use std::hash::Hash;
use std::thread;

type Station<N> = Box<dyn Iterator<Item = N> + Send>;

fn count<N>(stations: Vec<Station<N>>) -> HashMap<N, u32>
where
    N: Hash + Eq + Clone + Send + Sync,
{
    let votes = DashMap::new();
    let shared = &votes;
    thread::scope(|scope| {
        for station in stations {
            scope.spawn(move || {
                for name in station {
                    *shared.entry(name).or_insert(0) += 1;
                }
            });
        }
        // TODO: here the stations are still open.
        votes.into_iter().collect()
    })
}

fn main() {
    let north: Station<&str> = Box::new(["Ada", "Bo", "Ada"].into_iter());
    let south: Station<&str> = Box::new(["Bo", "Ada"].into_iter());
    let votes = count(vec![north, south]);
    println!("Ada: {}, Bo: {}", votes["Ada"], votes["Bo"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::hash::{Hash, Hasher};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;
    use witness::{Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);
    const STATIONS: usize = 300;

    /// A name that counts its clones.
    #[derive(Debug, Hash, PartialEq, Eq)]
    struct Name(&'static str);

    static CLONES: AtomicUsize = AtomicUsize::new(0);

    impl Clone for Name {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, Ordering::Relaxed);
            Name(self.0)
        }
    }

    #[test]
    fn the_final_map_is_no_copy() {
        // Who counts while others vote cannot have the map, and has to clone what is in it.
        let votes = within(LIMIT, || {
            let postal: Station<Name> = Box::new((0..100).map(|_| Name("Ada")));
            let station: Station<Name> = Box::new((0..100).map(|_| Name("Bo")));
            count(vec![postal, station])
        });
        let all = votes == HashMap::from([(Name("Ada"), 100), (Name("Bo"), 100)]);
        let clones = CLONES.load(Ordering::Relaxed);
        assert!(all && clones == 0, "names are cloned, or votes that came later are missing");
    }

    /// A name that waits for its twin of another station, at one of the calls that hash it.
    struct Twin(Arc<(Rendezvous, usize)>, AtomicUsize);

    impl Hash for Twin {
        fn hash<H: Hasher>(&self, state: &mut H) {
            let (meeting, call) = &*self.0;
            if self.1.fetch_add(1, Ordering::Relaxed) + 1 == *call {
                let _ = meeting.meet(Duration::from_millis(500));
            }
            7.hash(state);
        }
    }

    impl PartialEq for Twin {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }

    impl Eq for Twin {}

    impl Clone for Twin {
        fn clone(&self) -> Self {
            Twin(Arc::clone(&self.0), AtomicUsize::new(0))
        }
    }

    #[test]
    #[expect(clippy::mutable_key_type, reason = "what changes in a twin is not compared")]
    fn two_first_votes_for_one_name_are_two() {
        for call in 1..=4 {
            let votes = within(LIMIT, move || {
                let meeting = Arc::new((Rendezvous::new(2), call));
                let station = || -> Station<Twin> {
                    let twin = Twin(Arc::clone(&meeting), AtomicUsize::new(0));
                    Box::new(std::iter::once(twin))
                };
                let votes = count(vec![station(), station()]);
                votes.into_values().collect::<Vec<_>>()
            });
            assert_eq!(votes, [2], "two voted for one name, side by side at call {call}");
        }
    }

    #[test]
    fn no_vote_is_missing() {
        let votes = within(LIMIT, || {
            let station = |number: u32| -> Station<u32> {
                Box::new((0..1000).map(move |vote| if vote % 2 == 0 { 0 } else { number }))
            };
            count(vec![station(1), station(2), station(3), station(4)])
        });
        let expected = [(0, 2000), (1, 500), (2, 500), (3, 500), (4, 500)];
        assert!(votes == HashMap::from(expected), "of 4000 votes for five names, some are missing");
    }

    #[test]
    fn all_stations_are_open_at_the_same_time() {
        let (meeting, missed) = (Rendezvous::new(STATIONS), Arc::new(AtomicBool::new(false)));
        let threads = Threads::new();
        let station = || -> Station<&'static str> {
            let (meeting, missed) = (meeting.clone(), Arc::clone(&missed));
            let threads = threads.clone();
            Box::new((0..2).map(move |_| {
                threads.note();
                // Who comes after a missed meeting need not wait as well.
                if missed.load(Ordering::Relaxed) || meeting.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                    return "nobody";
                }
                "Ada"
            }))
        };
        let stations = (0..STATIONS).map(|_| station()).collect();
        let (votes, caller) = within(LIMIT, move || (count(stations), thread::current().id()));
        let expected = HashMap::from([("Ada", 2 * STATIONS as u32)]);
        assert!(votes == expected, "a station met nobody, or closed too late");
        assert_eq!(threads.count(), STATIONS, "threads of {STATIONS} stations");
        assert!(!threads.ids().contains(&caller), "the caller has a station");
        assert!(within(LIMIT, || count::<u32>(Vec::new())).is_empty());
    }

    #[test]
    fn a_station_that_panics_is_not_passed_over() {
        let counted = within(LIMIT, || {
            let sound: Station<u32> = Box::new(0..3);
            let breaks: Station<u32> =
                Box::new((0..3).map(|vote| if vote < 2 { vote } else { panic!("the urn fell") }));
            let stations = vec![sound, breaks];
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| count(stations))).is_ok()
        });
        assert!(!counted, "a station panicked, and the votes were returned as if it had closed");
    }
}
