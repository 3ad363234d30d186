// Jars of oil stand in a map, and each has a lock of its own. Many people pour oil from one jar
// into another. Write `pour`, which moves `amount` of it, or nothing.
//
// What is wanted: if one of the jars is not in the map, that is `NoSuchJar`; if there is less than
// `amount` in the first, `TooLittle`; and nothing has changed. Nobody ever sees that oil is
// missing: both jars are locked while it moves. Whoever pours waits for these two jars and for no
// others, and sleeps meanwhile; the map stays free. Two who pour in opposite directions must not
// wait for each other forever. A jar may be poured into itself: that changes nothing, and is
// refused if there is less than `amount`. There is room for all the oil in each jar, and no jar
// leaves the map.
//
// How it is judged: the test has one jar or the other locked for a while, and looks at what the
// others can do meanwhile. Two jars may be in one shard of the map. Oil goes round nine jars.
//
// Lesson: chapter-05 guards

use dashmap::DashMap;
use std::sync::{Arc, Mutex};

type Jars = DashMap<String, Arc<Mutex<u32>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    NoSuchJar,
    TooLittle,
}

fn pour(jars: &Jars, from: &str, to: &str, amount: u32) -> Result<(), Refused> {
    // The guard of the map is gone when the closure returns, and the jar stays.
    let jar = |name: &str| jars.get(name).map(|jar| Arc::clone(&jar)).ok_or(Refused::NoSuchJar);
    let (source, target) = (jar(from)?, jar(to)?);
    let oil = |jar: &Mutex<u32>| *jar.lock().expect("nobody panics with it");
    if from == to {
        return if oil(&source) < amount { Err(Refused::TooLittle) } else { Ok(()) };
    }
    // Everybody locks the smaller name first.
    let (one, other) = if from < to { (&source, &target) } else { (&target, &source) };
    let one = one.lock().expect("nobody panics with it");
    let other = other.lock().expect("nobody panics with it");
    let (mut source, mut target) = if from < to { (one, other) } else { (other, one) };
    *source = source.checked_sub(amount).ok_or(Refused::TooLittle)?;
    *target += amount;
    Ok(())
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let jars = Jars::new();
        for (name, oil) in [("blue", 5), ("red", 1)] {
            jars.insert(name.to_owned(), Arc::new(Mutex::new(oil)));
        }
        for (from, to, amount) in [("blue", "red", 3), ("blue", "red", 3), ("red", "red", 4)] {
            println!("{amount} from {from} to {to}: {:?}", pour(&jars, from, to, amount));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::sync::mpsc::{self, Receiver};
    use std::thread;
    use std::time::Duration;
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);
    /// Long enough for somebody to come to a lock and wait there.
    const WHILE: Duration = Duration::from_millis(150);

    /// Jars in a map of two shards, each with its oil.
    fn jars<const N: usize>(jars: [(&str, u32); N]) -> Arc<Jars> {
        let map = Jars::with_shard_amount(2);
        for (name, oil) in jars {
            map.insert(name.to_owned(), Arc::new(Mutex::new(oil)));
        }
        Arc::new(map)
    }

    fn jar(jars: &Jars, name: &str) -> Arc<Mutex<u32>> {
        Arc::clone(&jars.get(name).expect("no jar leaves the map"))
    }

    fn oil<const N: usize>(jars: &Jars, names: [&str; N]) -> [u32; N] {
        names.map(|name| *jar(jars, name).lock().expect("nobody panics with it"))
    }

    type Poured = Result<(), Refused>;

    /// Somebody pours on a thread of their own. What became of it comes out of the channel.
    fn pours(
        jars: &Arc<Jars>,
        from: &'static str,
        to: &'static str,
        amount: u32,
    ) -> Receiver<Poured> {
        let (jars, (tell, told)) = (Arc::clone(jars), mpsc::channel());
        thread::spawn(move || tell.send(pour(&jars, from, to, amount)));
        told
    }

    #[test]
    fn oil_goes_from_one_jar_to_the_other() {
        let seen = within(LIMIT, || {
            let jars = jars([("blue", 5), ("red", 1)]);
            [("blue", "red", 3), ("red", "blue", 4), ("blue", "red", 0), ("blue", "red", 1)].map(
                |(from, to, amount)| (pour(&jars, from, to, amount), oil(&jars, ["blue", "red"])),
            )
        });
        assert_eq!(seen, [[2, 4], [6, 0], [6, 0], [5, 1]].map(|oil| (Ok(()), oil)));
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        use Refused::{NoSuchJar, TooLittle};
        for (from, to, amount, why) in [
            ("blue", "red", 6, TooLittle),
            ("red", "blue", 2, TooLittle),
            ("blue", "green", 3, NoSuchJar),
            ("green", "blue", 3, NoSuchJar),
            ("blue", "green", 6, NoSuchJar),
            ("green", "green", 0, NoSuchJar),
        ] {
            let (told, oil, jars) = within(LIMIT, move || {
                let jars = jars([("blue", 5), ("red", 1)]);
                (pour(&jars, from, to, amount), oil(&jars, ["blue", "red"]), jars.len())
            });
            assert_eq!(told, Err(why), "{amount} from {from} to {to}; there are 5 and 1");
            assert_eq!((oil, jars), ([5, 1], 2), "oil in the jars, and jars, after {told:?}");
        }
    }

    #[test]
    fn a_jar_may_be_poured_into_itself() {
        let seen = within(LIMIT, || {
            let jars = jars([("blue", 5)]);
            ([5, 0, 6].map(|amount| pour(&jars, "blue", "blue", amount)), oil(&jars, ["blue"]))
        });
        assert_eq!(seen, ([Ok(()), Ok(()), Err(Refused::TooLittle)], [5]));
    }

    #[test]
    fn two_in_opposite_directions_both_come_to_an_end() {
        for held in ["blue", "red"] {
            for first in [true, false] {
                let told = within(LIMIT, move || {
                    let jars = jars([("blue", 5), ("red", 5)]);
                    let jar = jar(&jars, held);
                    let guard = jar.lock().expect("nobody panics with it");
                    let there = || pours(&jars, "blue", "red", 1);
                    let back = || pours(&jars, "red", "blue", 1);
                    // One of the two is already waiting when the other comes.
                    let earlier = if first { there() } else { back() };
                    thread::sleep(WHILE);
                    let later = if first { back() } else { there() };
                    thread::sleep(WHILE);
                    drop(guard);
                    [earlier, later].map(|told| told.recv_timeout(PATIENCE).ok())
                });
                assert_eq!(told, [Some(Ok(())); 2], "two in opposite directions wait forever");
            }
        }
    }

    #[test]
    fn nobody_sees_that_oil_is_missing() {
        for (held, other) in [("blue", "red"), ("red", "blue")] {
            let (seen, told) = within(LIMIT, move || {
                let jars = jars([("blue", 5), ("red", 5)]);
                let jar = jar(&jars, held);
                let guard = jar.lock().expect("nobody panics with it");
                let told = pours(&jars, "blue", "red", 3);
                thread::sleep(WHILE);
                // Locked, or as it was.
                let other = self::jar(&jars, other);
                let seen = other.try_lock().map_or(5, |oil| *oil);
                drop(guard);
                (seen, told.recv_timeout(PATIENCE).ok())
            });
            assert_eq!(seen, 5, "one jar was locked, and somebody saw oil move in the other");
            assert_eq!(told, Some(Ok(())), "3 of 5, when both jars are free again");
        }
    }

    #[test]
    fn of_two_who_want_the_last_oil_one_gets_it() {
        for held in ["blue", "red"] {
            let (mut told, oil) = within(LIMIT, move || {
                let jars = jars([("blue", 5), ("red", 0)]);
                let jar = jar(&jars, held);
                let guard = jar.lock().expect("nobody panics with it");
                let told = [(); 3].map(|()| pours(&jars, "blue", "red", 5));
                thread::sleep(WHILE);
                drop(guard);
                let told = told.map(|told| told.recv_timeout(PATIENCE).ok());
                (told, oil(&jars, ["blue", "red"]))
            });
            told.sort_by_key(|told| *told != Some(Ok(())));
            let refused = Some(Err(Refused::TooLittle));
            assert_eq!(told, [Some(Ok(())), refused, refused], "three wanted 5, and there were 5");
            assert_eq!(oil, [0, 5], "oil in the jars");
        }
    }

    #[test]
    fn the_map_is_free_while_somebody_waits() {
        for held in ["blue", "red"] {
            let locked = within(LIMIT, move || {
                let jars = jars([("blue", 5), ("red", 5)]);
                let jar = jar(&jars, held);
                let guard = jar.lock().expect("nobody panics with it");
                let told = pours(&jars, "blue", "red", 1);
                thread::sleep(WHILE);
                let locked = ["blue", "red"].map(|name| jars.try_get_mut(name).is_locked());
                drop(guard);
                told.recv_timeout(PATIENCE).map(|_| locked)
            });
            assert_eq!(locked, Ok([false; 2]), "whether a shard was locked by one who waited");
        }
    }

    #[test]
    fn other_jars_can_be_poured_meanwhile() {
        for held in ["blue", "red"] {
            let others = within(LIMIT, move || {
                let jars = jars([("blue", 5), ("red", 5), ("white", 5), ("black", 5)]);
                let jar = jar(&jars, held);
                let guard = jar.lock().expect("nobody panics with it");
                let told = pours(&jars, "blue", "red", 1);
                thread::sleep(WHILE);
                let others = pours(&jars, "white", "black", 1).recv_timeout(PATIENCE / 2).ok();
                drop(guard);
                told.recv_timeout(PATIENCE).map(|_| others)
            });
            assert_eq!(others, Ok(Some(Ok(()))), "somebody waited for jars of others");
        }
    }

    #[test]
    fn two_who_pour_in_opposite_directions_begin_with_the_same_jar() {
        // The same jars both times: some order them by where they are in memory.
        let jars = jars([("blue", 5), ("pink", 5)]);
        let locked = [("blue", "pink"), ("pink", "blue")].map(|(held, other)| {
            let jars = Arc::clone(&jars);
            within(LIMIT, move || {
                let (held, other) = (jar(&jars, held), jar(&jars, other));
                let guard = held.lock().expect("nobody panics with it");
                let told = [pours(&jars, "blue", "pink", 1), pours(&jars, "pink", "blue", 1)];
                thread::sleep(WHILE);
                let locked = other.try_lock().is_err();
                drop(guard);
                for told in told {
                    assert_eq!(told.recv_timeout(PATIENCE), Ok(Ok(())), "there is enough");
                }
                locked
            })
        });
        // If somebody has this one and waits for that one, nobody may have that one and wait for
        // this one.
        assert_ne!(locked, [true; 2], "each of two jars was locked by one who waits for the other");
    }

    #[test]
    fn who_waits_for_a_jar_sleeps() {
        for held in ["blue", "red"] {
            let rest = within(LIMIT, move || {
                let jars = jars([("blue", 5), ("red", 5)]);
                let jar = jar(&jars, held);
                let guard = jar.lock().expect("nobody panics with it");
                let (ours, (tell, begins)) = (Arc::clone(&jars), mpsc::channel());
                let waiting = thread::spawn(move || {
                    tell.send(Effort::of_this_thread()).expect("somebody waits for it");
                    pour(&ours, "blue", "red", 1).expect("there is enough");
                });
                let quiet = begins.recv_timeout(PATIENCE).expect("it begins").asleep();
                thread::sleep(Duration::from_millis(600));
                let rest = quiet.rest();
                drop(guard);
                waiting.join().expect("it does not panic");
                rest
            });
            assert!(rest.slept_on(), "who waited looked again and again, not slept: {rest:?}");
            assert!(rest.naps < 9, "who waited woke again and again, for no news: {rest:?}");
        }
    }

    #[test]
    fn oil_that_goes_round_nine_jars_is_all_there() {
        const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let oil = within(LIMIT, || {
            let jars = jars(NAMES.map(|name| (name, 10)));
            thread::scope(|scope| {
                for (from, name) in NAMES.into_iter().enumerate() {
                    let jars = &jars;
                    scope.spawn(move || {
                        for round in 0..2_000 {
                            let to = (from + if round % 2 == 0 { 1 } else { 8 }) % 9;
                            // It may be refused.
                            let _ = pour(jars, name, NAMES[to], 1 + round % 3);
                        }
                    });
                }
            });
            oil(&jars, NAMES)
        });
        assert_eq!(oil.iter().sum::<u32>(), 90, "oil in nine jars: {oil:?}");
    }
}
