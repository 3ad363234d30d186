// A theater keeps its costumes in a map. Who needs one looks for it and takes a share of it, an
// `Arc`; when the share is dropped, it is back. When there are too many, some are given away, but
// only those that nobody has. Write `tidy`.
//
// What is wanted: while there are more than `limit` costumes, give away some that nobody has. Which
// ones does not matter. Return how many were given away. If those in use are more than `limit`, all
// others go, and no more. Meanwhile actors come and take costumes. Who has one finds the same one
// in the map, all the time; and if some can no longer be given away, others must go in their place.
// Nobody brings new costumes meanwhile, and only one thread tidies. A shard that is locked for a
// moment is waited for.
//
// How it is judged: whenever your code hashes or clones a name, actors take costumes, unless their
// shard is locked. Then those that are left are counted, and compared with what the actors have.
//
// Lesson: chapter-05 which-map

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let unused = costumes.iter().filter(|costume| Arc::strong_count(costume.value()) == 1);
    let unused: Vec<N> = unused.map(|costume| costume.key().clone()).collect();
    // TODO: since you have looked, some actors may have come.
    let many = costumes.len().saturating_sub(limit);
    unused.iter().take(many).filter_map(|name| costumes.remove(name)).count()
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let costumes = DashMap::new();
        for name in ["king", "fool", "ghost", "witch"] {
            costumes.insert(name, Arc::new(format!("the costume of a {name}")));
        }
        let on_stage = costumes.get("ghost").map(|costume| Arc::clone(&costume));
        println!("given away: {}", tidy(&costumes, 2));
        println!("left: {}, and on the stage is {on_stage:?}", costumes.len());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashmap::try_result::TryResult;
    use std::hash::Hasher;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const COSTUMES: u32 = 12;
    const NEVER: usize = usize::MAX / 2;

    /// A name. When it is hashed or cloned, actors may come.
    struct Name(u32, Option<Arc<Theater>>);

    struct Theater {
        costumes: DashMap<Name, Arc<Costume>>,
        /// At which of the occasions they come.
        come_at: usize,
        occasions: AtomicUsize,
        /// Which costumes they want. If none is given, somebody locks a shard for a while instead.
        wanted: Option<fn(u32) -> bool>,
        taken: Mutex<Vec<(u32, Arc<Costume>)>>,
        missing: Log<u32>,
        /// So many actors come when a name is hashed or cloned, one at a time, and want that one.
        grabs: AtomicUsize,
    }

    impl Theater {
        /// Twelve costumes in four shards, and nobody has come yet.
        fn new(come_at: usize, wanted: Option<fn(u32) -> bool>) -> Arc<Self> {
            let theater = Arc::new(Theater {
                costumes: DashMap::with_shard_amount(4),
                come_at,
                occasions: AtomicUsize::new(NEVER),
                wanted,
                taken: Mutex::default(),
                missing: Log::new(),
                grabs: AtomicUsize::new(0),
            });
            for number in 0..COSTUMES {
                let name = Name(number, Some(Arc::clone(&theater)));
                theater.costumes.insert(name, Arc::new(number.to_string()));
            }
            theater
        }

        /// The costume `number` was hashed or cloned.
        fn occasion(self: &Arc<Self>, number: u32) {
            // Those who have one look for it, if its shard is not locked.
            if self.occasions.load(Ordering::Relaxed) < NEVER {
                let taken = self.taken.lock().expect("no panic");
                let gone = |number| self.costumes.try_get(&Name(number, None)).is_absent();
                let gone = taken.iter().find(|(number, _)| gone(*number));
                gone.iter().for_each(|(number, _)| self.missing.push(*number));
            }
            if self.grabs.load(Ordering::Relaxed) > 0 {
                let mut taken = self.taken.lock().expect("no panic");
                if taken.iter().all(|(earlier, _)| *earlier != number)
                    && let TryResult::Present(costume) = self.costumes.try_get(&Name(number, None))
                {
                    taken.push((number, Arc::clone(&costume)));
                    self.grabs.fetch_sub(1, Ordering::Relaxed);
                }
            }
            if self.occasions.fetch_add(1, Ordering::Relaxed) + 1 != self.come_at {
                return;
            }
            if self.wanted.is_some() {
                return self.take();
            }
            let (theater, (locked, is_locked)) = (Arc::clone(self), mpsc::channel());
            thread::spawn(move || {
                let _costume = theater.costumes.get_mut(&Name(number, None));
                let _ = locked.send(());
                thread::sleep(Duration::from_millis(60));
            });
            // It cannot while whoever clones has the shard.
            let _ = is_locked.recv_timeout(Duration::from_millis(100));
        }

        /// All actors come, and take what they want if its shard is not locked.
        fn take(&self) {
            let is_wanted = |number: &u32| self.wanted.is_some_and(|wanted| wanted(*number));
            for number in (0..COSTUMES).filter(is_wanted) {
                match self.costumes.try_get(&Name(number, None)) {
                    TryResult::Present(costume) => {
                        let share = Arc::clone(&costume);
                        self.taken.lock().expect("no panic").push((number, share));
                    }
                    TryResult::Absent => self.missing.push(number),
                    TryResult::Locked => {} // this actor comes later
                }
            }
        }

        /// Tidies, while the actors come at their occasion.
        fn tidied(&self, limit: usize) -> usize {
            self.occasions.store(0, Ordering::Relaxed);
            let given_away = tidy(&self.costumes, limit);
            self.occasions.store(NEVER, Ordering::Relaxed);
            given_away
        }

        fn there(&self) -> Vec<u32> {
            let mut there: Vec<u32> = self.costumes.iter().map(|costume| costume.key().0).collect();
            there.sort();
            there
        }
    }

    impl Clone for Name {
        fn clone(&self) -> Self {
            self.1.iter().for_each(|theater| theater.occasion(self.0));
            Name(self.0, self.1.clone())
        }
    }

    impl Hash for Name {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.1.iter().for_each(|theater| theater.occasion(self.0));
            self.0.hash(state);
        }
    }

    impl PartialEq for Name {
        fn eq(&self, other: &Name) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Name {}

    #[test]
    fn as_many_are_given_away_as_there_are_too_many() {
        for (limit, expected) in [(5, 7), (0, 12), (11, 1), (12, 0), (13, 0), (usize::MAX, 0)] {
            let (given_away, there) = within(LIMIT, move || {
                let theater = Theater::new(NEVER, None);
                (theater.tidied(limit), theater.there().len())
            });
            assert_eq!(given_away, expected, "given away of 12, with a limit of {limit}");
            assert_eq!(there, 12 - expected, "costumes left, with a limit of {limit}");
        }
    }

    #[test]
    fn those_in_use_stay() {
        for (limit, left) in [(0, 4), (2, 4), (4, 4), (6, 6), (12, 12)] {
            let (given_away, there, then) = within(LIMIT, move || {
                let theater = Theater::new(NEVER, Some(|number| number % 3 == 1));
                theater.take();
                let given_away = theater.tidied(limit);
                let there = theater.there();
                theater.taken.lock().expect("no panic").clear();
                theater.tidied(2);
                (given_away, there, theater.there().len())
            });
            let in_use = [1, 4, 7, 10].iter().all(|number| there.contains(number));
            assert!(in_use, "1, 4, 7 and 10 are in use; left are {there:?}");
            assert_eq!(there.len(), left, "costumes left, with a limit of {limit} and four in use");
            assert_eq!(given_away, 12 - left, "costumes that were said to be given away");
            assert_eq!(then, 2, "costumes left, with a limit of 2, when all are back");
        }
    }

    #[test]
    fn who_has_a_costume_finds_the_same_one() {
        // Several times: each map has another order, so an occasion is another one.
        for occasion in (1..=40).cycle().take(4 * 40) {
            let (lost, gone_for_a_moment) = within(LIMIT, move || {
                let theater = Theater::new(occasion, Some(|_| true));
                // Every other one is in use before.
                let earlier = theater.costumes.iter().filter(|costume| costume.key().0 % 2 == 0);
                let _earlier: Vec<_> = earlier.map(|costume| Arc::clone(&costume)).collect();
                theater.tidied(3);
                let taken = theater.taken.lock().expect("no panic").clone();
                let is_there = |(number, share): &(u32, Arc<Costume>)| {
                    let found = theater.costumes.get(&Name(*number, None));
                    found.is_some_and(|costume| Arc::ptr_eq(&costume, share))
                };
                let lost = taken.iter().filter(|taken| !is_there(taken)).count();
                let there = theater.there();
                let missing = theater.missing.events();
                (lost, missing.into_iter().find(|missing| there.contains(missing)))
            });
            assert_eq!(lost, 0, "actors who have a costume, and it is no longer in the map");
            assert_eq!(gone_for_a_moment, None, "a costume that was away, and then there again");
        }
    }

    #[test]
    fn others_go_in_place_of_those_that_were_taken() {
        let wanted: [fn(u32) -> bool; 3] = [|it| it % 3 == 0, |it| it < 6, |it| it != 5];
        for occasion in (1..=40).cycle().take(2 * 40) {
            for wanted in wanted {
                let (given_away, there, in_use) = within(LIMIT, move || {
                    let theater = Theater::new(occasion, Some(wanted));
                    let given_away = theater.tidied(6);
                    let in_use = theater.taken.lock().expect("no panic").len();
                    (given_away, theater.there().len(), in_use)
                });
                assert_eq!(given_away, 12 - there, "given away, as it was said and as it was");
                assert_eq!(
                    there,
                    in_use.max(6),
                    "costumes left, with a limit of 6, and {in_use} in use"
                );
            }
        }
    }

    #[test]
    fn a_shard_that_is_locked_is_waited_for() {
        for occasion in 1..=30 {
            let (given_away, there) = within(LIMIT, move || {
                let theater = Theater::new(occasion, None);
                (theater.tidied(0), theater.there().len())
            });
            assert_eq!((given_away, there), (12, 0), "given away, and left; a shard was locked");
        }
    }

    #[test]
    fn others_go_in_place_of_each_that_is_taken() {
        // Whichever costume is chosen, an actor is faster. There are several actors, one by one.
        for (limit, actors) in [(6, 6), (11, 8), (9, 8), (3, 5)] {
            let (given_away, there, in_use, missing) = within(LIMIT, move || {
                let theater = Theater::new(NEVER, Some(|_| false));
                theater.grabs.store(actors, Ordering::Relaxed);
                let given_away = theater.tidied(limit);
                theater.grabs.store(0, Ordering::Relaxed);
                let in_use = theater.taken.lock().expect("no panic").len();
                (given_away, theater.there().len(), in_use, theater.missing.events())
            });
            assert_eq!(missing, [], "costumes that somebody had and did not find in the map");
            assert_eq!(given_away, 12 - there, "given away, as it was said and as it was");
            let left = in_use.max(limit);
            assert_eq!(there, left, "costumes left, with a limit of {limit}, and {in_use} in use");
        }
    }

    #[test]
    fn who_looks_at_a_costume_may_take_it() {
        for number in 0..COSTUMES {
            let is_there = within(LIMIT, move || {
                let theater = Theater::new(NEVER, Some(|_| false));
                let ours = Arc::clone(&theater);
                // Somebody looks at it for a while, and then takes a share.
                let looked_at = theater.costumes.get(&Name(number, None));
                let looked_at = looked_at.expect("nobody has tidied yet");
                let tidying = thread::spawn(move || ours.tidied(0));
                thread::sleep(Duration::from_millis(100));
                let share = Arc::clone(&looked_at);
                drop(looked_at);
                tidying.join().expect("it does not panic");
                let found = theater.costumes.get(&Name(number, None));
                found.is_some_and(|costume| Arc::ptr_eq(&costume, &share))
            });
            assert!(is_there, "somebody had costume {number}, and it is no longer in the map");
        }
    }
}
