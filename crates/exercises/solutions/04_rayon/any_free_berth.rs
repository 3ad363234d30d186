// A ship looks for a free berth, and the harbors along the coast are asked by radio. `ask` says
// whether a harbor has one, or it is an error: the line is broken. As it is, all harbors are asked
// even if the first has a berth, and a broken line counts as "no". Repair `find_berth`.
//
// What is wanted: any harbor with a free berth, `None` if there is none. A broken line is returned
// at once, as the error. After a berth or a broken line nobody asks another harbor, on whichever
// side of it; who is asking already may end that call, and what it brings may be the result, too.
// Each harbor is asked once at most, and many at the same time: while one is slow, others are asked,
// most of those behind it, too. All of it is done by the threads of the pool that `find_berth` is
// called in.
//
// How it is judged: nine harbors wait for each other, and one waits for many others. On coasts
// where each harbor has a berth, or each line is broken, those who were asked are counted.
//
// Lesson: chapter-04 fallible

use rayon::prelude::*;

fn find_berth<H: Sync, E: Send>(
    harbors: &[H],
    ask: impl Fn(&H) -> Result<bool, E> + Send + Sync,
) -> Result<Option<&H>, E> {
    let answer = |harbor| match ask(harbor) {
        Ok(true) => Some(Ok(harbor)),
        Ok(false) => None,
        Err(broken) => Some(Err(broken)),
    };
    harbors.par_iter().find_map_any(answer).transpose()
}

fn main() {
    let harbors = [("Lund", Ok::<_, &str>(false)), ("Vik", Ok(true)), ("Sand", Ok(false))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
    let harbors = [("Lund", Ok(false)), ("Vik", Err("no line to Vik"))];
    println!("{:?}", find_berth(&harbors, |(_, answer)| *answer).map(|found| found.map(|it| it.0)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Line {
        Full,
        Free,
        Broken,
    }
    use Line::{Broken, Free, Full};

    struct Seen {
        /// The number of the harbor with a berth, or of the one whose line is broken.
        found: Result<Option<usize>, usize>,
        /// The harbors that were asked, in this order.
        asked: Vec<usize>,
    }

    /// Asks along a coast, on a pool. `asking` gets the harbor's number, and how many were asked
    /// before it.
    fn find(
        coast: Vec<Line>,
        threads: usize,
        asking: impl Fn(usize, usize) + Send + Sync + 'static,
    ) -> Seen {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            let pool = pool.expect("there is room for a few threads");
            let (asked, count, callers) = (Log::new(), AtomicUsize::new(0), Threads::new());
            let harbors: Vec<usize> = (0..coast.len()).collect();
            let ask = |harbor: &usize| {
                callers.note();
                asked.push(*harbor);
                asking(*harbor, count.fetch_add(1, Relaxed));
                match coast[*harbor] {
                    Full => Ok(false),
                    Free => Ok(true),
                    Broken => Err(*harbor),
                }
            };
            let found = pool.install(|| find_berth(&harbors, ask).map(|found| found.copied()));
            let of_the_pool = callers.names().iter().all(|name| name.starts_with("pool "));
            assert!(of_the_pool, "harbors were asked by {:?}", callers.names());
            let mut once = asked.events();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), asked.events().len(), "a harbor was asked twice");
            Seen { found, asked: asked.events() }
        })
    }

    #[test]
    fn a_free_berth_is_found_wherever_it_is() {
        for (harbors, free) in [(1, 0), (2, 1), (9, 4), (100, 0), (100, 57), (100, 99)] {
            for threads in 1..=4 {
                let mut coast = vec![Full; harbors];
                coast[free] = Free;
                let found = find(coast, threads, |_, _| ()).found;
                assert_eq!(found, Ok(Some(free)), "of {harbors} harbors one has a berth");
            }
        }
    }

    #[test]
    fn a_broken_line_is_the_error() {
        for (harbors, broken) in [(1, 0), (2, 0), (9, 8), (100, 31)] {
            for threads in 1..=4 {
                let mut coast = vec![Full; harbors];
                coast[broken] = Broken;
                let found = find(coast, threads, |_, _| ()).found;
                assert_eq!(found, Err(broken), "the line to one of {harbors} harbors is broken");
            }
        }
    }

    #[test]
    fn if_none_has_a_berth_each_is_asked_once() {
        for harbors in [0, 1, 2, 9, 1000] {
            let mut seen = find(vec![Full; harbors], 3, |_, _| ());
            assert_eq!(seen.found, Ok(None), "of {harbors} harbors none has a berth");
            seen.asked.sort();
            assert!(seen.asked.into_iter().eq(0..harbors), "each is asked, and once");
        }
    }

    #[test]
    fn nine_harbors_are_asked_at_once() {
        let (all, missed) = (Rendezvous::new(9), AtomicBool::new(false));
        let seen = find(vec![Full; 9], 9, move |_, _| {
            // Who comes after a missed meeting need not wait as well.
            if !missed.load(Relaxed) && all.meet(PATIENCE).is_err() {
                missed.store(true, Relaxed);
                panic!("nine harbors, on nine threads, were never asked at once");
            }
        });
        assert_eq!(seen.found, Ok(None));
    }

    #[test]
    fn nobody_waits_for_the_slowest() {
        // Whoever is asked first answers when a thousand others have been asked.
        let pair = Rendezvous::new(2);
        let seen = find(vec![Full; 3_000], 2, move |_, before| {
            if before == 0 || before == 1_000 {
                let met = pair.meet(PATIENCE).is_ok() || before > 0;
                assert!(met, "one harbor was slow, and only a few others were asked meanwhile");
            }
        });
        assert_eq!(seen.found, Ok(None));
    }

    #[test]
    fn when_one_has_a_berth_nobody_asks_on() {
        for (coast, what) in [
            ([Free, Free, Free], "with a berth"),
            ([Broken, Broken, Broken], "with a broken line"),
            ([Free, Broken, Broken], "with a berth or a broken line"),
        ] {
            for threads in [1, 2, 3, 9] {
                let asked = find(coast.repeat(300), threads, |_, _| ()).asked.len();
                assert!(
                    asked <= threads,
                    "{asked} harbors {what} were asked, by {threads} threads: one each is enough"
                );
            }
        }
    }

    #[test]
    fn nobody_asks_on_to_the_left_of_it() {
        for coast in [Free, Broken] {
            // Whoever is asked first is slow. It would be faster if the other thread asked on, and
            // that is what must not be.
            let third = Rendezvous::new(2);
            let seen = find(vec![coast; 200], 2, move |_, before| {
                if before == 0 || before == 2 {
                    let _ = third.meet(Duration::from_millis(400));
                }
            });
            let asked = seen.asked;
            assert!(asked.len() <= 2, "{asked:?} were asked, one after an answer that was enough");
        }
    }

    #[test]
    fn the_last_who_was_asked_decides() {
        for (free, broken) in [(40, 60), (60, 40), (0, 99), (99, 0)] {
            let mut coast = vec![Full; 100];
            (coast[free], coast[broken]) = (Free, Broken);
            let ours = coast.clone();
            let Seen { found, asked } = find(coast, 1, |_, _| ());
            let (last, before) = asked.split_last().expect("somebody is asked");
            let expected = if *last == free { Ok(Some(free)) } else { Err(broken) };
            assert_eq!(found, expected, "a thread alone asked {asked:?}");
            let full = before.iter().all(|harbor| ours[*harbor] == Full);
            assert!(full, "a thread alone asked on after an answer that was enough: {asked:?}");
        }
    }
}
