// Birds are caught in nets, and the rings on their legs are read: `rings` returns those of one net.
// Count how often each ring was read, in all nets. As it is, all threads write into one map, and
// wait for each other there. Let them share nothing until the end.
//
// What is wanted: as many nets at once as the pool has threads, read and counted by these threads
// alone. Who counts the rings of a net counts them in a map that nobody else uses. When maps are
// merged, meanwhile or in the end, the smaller one goes into the larger one, so that few rings are
// hashed again. Rings cannot be cloned. There may be no nets, and nets without birds.
//
// How it is judged: nine threads wait for each other while they read, and while their maps compare
// two rings. One net has caught seven thousand birds, the others a few: the rings are hashed, and
// somebody counts how often.
//
// Lesson: chapter-05 counting

use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;

fn tally<N: Sync, R: Hash + Eq + Send + Sync>(
    nets: &[N],
    rings: impl Fn(&N) -> Vec<R> + Send + Sync,
) -> HashMap<R, u64> {
    let count = |mut counts: HashMap<R, u64>, net| {
        rings(net).into_iter().for_each(|ring| *counts.entry(ring).or_default() += 1);
        counts
    };
    nets.par_iter().fold(HashMap::new, count).reduce(HashMap::new, merge)
}

fn merge<R: Hash + Eq>(mut one: HashMap<R, u64>, mut other: HashMap<R, u64>) -> HashMap<R, u64> {
    if one.len() < other.len() {
        mem::swap(&mut one, &mut other);
    }
    for (ring, count) in other {
        *one.entry(ring).or_default() += count;
    }
    one
}

fn main() {
    let nets = ["A7 C2 A7", "", "C2 A7 B1"];
    let rings = |net: &&'static str| net.split_whitespace().collect();
    let mut counts: Vec<_> = tally(&nets, rings).into_iter().collect();
    counts.sort();
    println!("{counts:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::hash::Hasher;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;
    use witness::{Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// Counts on a pool.
    fn count<N, R>(
        nets: Vec<N>,
        threads: usize,
        rings: impl Fn(&N) -> Vec<R> + Send + Sync + 'static,
    ) -> HashMap<R, u64>
    where
        N: Send + Sync + 'static,
        R: Hash + Eq + Send + Sync + 'static,
    {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            let pool = pool.expect("there is room for a few threads");
            let readers = Threads::new();
            let read = |net: &N| {
                readers.note();
                rings(net)
            };
            let counts = pool.install(|| tally(&nets, read));
            let of_the_pool = readers.names().iter().all(|name| name.starts_with("pool "));
            assert!(of_the_pool, "nets were read by {:?}", readers.names());
            counts
        })
    }

    #[test]
    fn all_rings_of_all_nets_are_counted() {
        for nets in [0, 1, 2, 9, 100, 1_000] {
            for threads in 1..=4 {
                // Net 0 is empty. Some rings are in one net twice, some in all nets.
                let rings = |net: &u64| match net {
                    0 => Vec::new(),
                    net => vec![0, *net, net % 7, *net, 0],
                };
                let mut expected = HashMap::new();
                for ring in (0..nets).flat_map(|net| rings(&net)) {
                    *expected.entry(ring).or_default() += 1;
                }
                let counts = count((0..nets).collect(), threads, rings);
                assert!(counts == expected, "rings of {nets} nets, on {threads} threads");
            }
        }
    }

    #[test]
    fn as_many_nets_are_read_at_once_as_there_are_threads() {
        for (threads, nets) in [(9, 9), (9, 10), (9, 20), (9, 100), (40, 40)] {
            let (all, missed) = (Rendezvous::new(threads), AtomicBool::new(false));
            let read = AtomicUsize::new(0);
            let counts = count(vec![(); nets], threads, move |()| {
                // Who comes after a missed meeting need not wait as well.
                let waits = read.fetch_add(1, Relaxed) < threads && !missed.load(Relaxed);
                if waits && all.meet(PATIENCE).is_err() {
                    let known = missed.swap(true, Relaxed);
                    assert!(known, "of {nets} nets, {threads} were never read at once");
                }
                vec!["A7"]
            });
            assert_eq!(counts, HashMap::from([("A7", nets as u64)]));
        }
    }

    /// What those share who compare rings.
    struct Meeting {
        all: Rendezvous,
        come: AtomicUsize,
        missed: AtomicBool,
    }

    /// A ring like all the others. The first nine who compare one wait for each other.
    struct Alike(Arc<Meeting>);

    impl Hash for Alike {
        fn hash<H: Hasher>(&self, state: &mut H) {
            7.hash(state);
        }
    }

    impl PartialEq for Alike {
        fn eq(&self, _: &Self) -> bool {
            let Meeting { all, come, missed } = &*self.0;
            if come.fetch_add(1, Relaxed) < 9
                && !missed.load(Relaxed)
                && all.meet(PATIENCE).is_err()
            {
                missed.store(true, Relaxed);
            }
            true
        }
    }

    impl Eq for Alike {}

    #[test]
    #[expect(clippy::mutable_key_type, reason = "what changes in a ring is not compared")]
    fn nine_threads_count_the_same_ring_at_once() {
        let (come, missed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let meeting = Arc::new(Meeting { all: Rendezvous::new(9), come, missed });
        let ours = Arc::clone(&meeting);
        let rings = move |_: &()| (0..3).map(|_| Alike(Arc::clone(&ours))).collect();
        let counts = count(vec![(); 9], 9, rings);
        let missed = meeting.missed.load(Relaxed);
        assert!(!missed, "nine nets had the same ring, and one who counted it waited for another");
        assert_eq!(counts.into_values().collect::<Vec<_>>(), [27], "nine nets, three rings each");
    }

    /// A ring that counts how often it is hashed.
    struct Hashed(u32, Arc<AtomicUsize>);

    impl Hash for Hashed {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.1.fetch_add(1, Relaxed);
            self.0.hash(state);
        }
    }

    impl PartialEq for Hashed {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Hashed {}

    #[test]
    #[expect(clippy::mutable_key_type, reason = "what changes in a ring is not compared")]
    fn the_smaller_map_goes_into_the_larger_one() {
        // A map with room for 7,168 rings hashes 7,000 once each when they come, and 7,161 times
        // while it grows. Each time that all of them move into another map is as much again.
        for large in [0, 7, 15] {
            for threads in [1, 2, 4] {
                let hashed = Arc::new(AtomicUsize::new(0));
                let ours = Arc::clone(&hashed);
                let rings = move |net: &u32| {
                    let rings = if *net == large { 0..7_000 } else { 8_000 + net..8_001 + net };
                    rings.map(|ring| Hashed(ring, Arc::clone(&ours))).collect()
                };
                let counts = count((0..16).collect(), threads, rings);
                assert_eq!(counts.len(), 7_015, "different rings");
                let hashed = hashed.load(Relaxed);
                assert!(
                    hashed < 18_000,
                    "rings were hashed {hashed} times, on {threads} threads: net {large} of 16 has \
                     nearly all, and they moved"
                );
            }
        }
    }

    #[test]
    fn a_slow_net_holds_up_few_others() {
        let (pair, read) = (Rendezvous::new(2), AtomicUsize::new(0));
        let counts = count(vec![(); 1_000], 2, move |()| {
            // Whichever net is the first waits until half of the others are read.
            if [0, 500].contains(&read.fetch_add(1, Relaxed)) {
                let met = pair.meet(PATIENCE).is_ok();
                assert!(met, "one net was slow, and only a few others were read meanwhile");
            }
            vec!["A7"]
        });
        assert_eq!(counts, HashMap::from([("A7", 1_000)]));
    }

    #[test]
    #[expect(clippy::mutable_key_type, reason = "what changes in a ring is not compared")]
    fn a_map_is_as_large_as_it_has_rings() {
        // Many birds of a net may have few rings between them: its map is a small one.
        for threads in [1, 2, 4] {
            for nets in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
                let hashed = Arc::new(AtomicUsize::new(0));
                let ours = Arc::clone(&hashed);
                let rings = move |net: &u32| match net {
                    0 => (0..700).map(|ring| Hashed(ring, Arc::clone(&ours))).collect(),
                    net => {
                        let others = Arc::new(AtomicUsize::new(0));
                        let birds = 0..1_000 << *net;
                        birds.map(|bird| Hashed(8_000 + bird % 2, Arc::clone(&others))).collect()
                    }
                };
                let counts = count(nets.to_vec(), threads, rings);
                assert_eq!(counts.len(), 702, "different rings");
                let hashed = hashed.load(Relaxed);
                assert!(hashed < 1_900, "700 rings were hashed {hashed} times: they moved");
            }
        }
    }
}
