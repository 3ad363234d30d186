// A long walk is described stretch by stretch: so much uphill, so much down, the highest point.
// `then` puts two stretches together, of which the second begins where the first ends. Write
// `so_far`, which returns, for each stretch, the walk from the start to its end. The last of them
// is the whole walk.
//
// What is wanted: all threads of the pool take part, in two passes. In the first, each piece of the
// walk is put together for itself. In the second, each piece learns what lies before it. With ten
// stretches or more for each thread, one thread at most has nothing to do, in either pass. `then` is called at most three times for each stretch, however many threads there are. It
// may be called in any grouping, but never with stretches that do not follow each other: it is
// associative, and the order matters. There is no empty stretch; a walk without stretches has no
// results.
//
// How it is judged: each stretch knows where it begins and where it ends. The calls are counted.
// Those of the first pass wait for each other, and those of the second do, on 9 threads, 16, 32
// and 64. They are threads of the pool.
//
// Lesson: chapter-04 granularity

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = (stretches.len() / rayon::current_num_threads()).max(1);
    // Each piece for itself. A piece is not empty, so there is a first stretch.
    let mut walks: Vec<Vec<S>> =
        stretches.par_chunks(piece).map(|piece| walks(piece, &then)).collect();
    // What lies before a piece is known when the one before it knows. These are few steps.
    let ends = walks.iter().filter_map(|piece| piece.last().cloned());
    let ends: Vec<S> = ends.collect();
    let before = self::walks(&ends, &then);
    walks.par_iter_mut().skip(1).zip(&before).for_each(|(piece, before)| {
        piece.iter_mut().for_each(|walk| *walk = then(before, walk));
    });
    walks.into_iter().flatten().collect()
}

/// The same on one thread.
fn walks<S: Clone>(stretches: &[S], then: impl Fn(&S, &S) -> S) -> Vec<S> {
    let mut walks: Vec<S> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let walk = walks.last().map_or_else(|| stretch.clone(), |before| then(before, stretch));
        walks.push(walk);
    }
    walks
}

/// The height at the end, and the highest on the way, both seen from where the stretch begins.
#[derive(Clone, Debug)]
struct Stretch {
    end: i32,
    highest: i32,
}

fn main() {
    let stretches =
        [120, 80, -150, 40, -90, 200, -10].map(|up| Stretch { end: up, highest: up.max(0) });
    let then = |a: &Stretch, b: &Stretch| Stretch {
        end: a.end + b.end,
        highest: a.highest.max(a.end + b.highest),
    };
    for walk in so_far(&stretches, then) {
        println!("{:4} m above the start, {:3} m at the highest", walk.end, walk.highest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;
    use witness::{Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// From one milestone to another. Stretch `n` leads from `n` to `n + 1`.
    #[derive(Clone, Debug, PartialEq)]
    struct Way {
        from: usize,
        to: usize,
    }

    struct Seen {
        walks: Vec<Way>,
        calls: usize,
    }

    /// Walks on a pool. `watch` is called with the two stretches that are put together.
    fn walk(
        stretches: usize,
        threads: usize,
        watch: impl Fn(&Way, &Way) + Send + Sync + 'static,
    ) -> Seen {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            let pool = pool.expect("there is room for a few threads");
            let (calls, walkers) = (AtomicUsize::new(0), Threads::new());
            let then = |first: &Way, second: &Way| {
                calls.fetch_add(1, Relaxed);
                walkers.note();
                watch(first, second);
                assert!(first.to == second.from, "{second:?} does not follow {first:?}");
                Way { from: first.from, to: second.to }
            };
            let stretches: Vec<Way> =
                (0..stretches).map(|from| Way { from, to: from + 1 }).collect();
            let walks = pool.install(|| so_far(&stretches, then));
            let of_the_pool = walkers.names().iter().all(|name| name.starts_with("pool "));
            assert!(of_the_pool, "stretches were put together by {:?}", walkers.names());
            Seen { walks, calls: calls.into_inner() }
        })
    }

    #[test]
    fn each_walk_begins_at_the_start() {
        for stretches in [0, 1, 2, 3, 7, 9, 40, 100, 1001] {
            for threads in [1, 2, 3, 4, 9] {
                let walks = walk(stretches, threads, |_, _| ()).walks;
                assert_eq!(walks.len(), stretches, "walks of {stretches} stretches");
                for (nth, walk) in walks.into_iter().enumerate() {
                    let whole = Way { from: 0, to: nth + 1 };
                    assert_eq!(walk, whole, "walk {nth} of {stretches}, on {threads} threads");
                }
            }
        }
    }

    #[test]
    fn three_calls_for_each_stretch_are_enough() {
        for stretches in [10, 64, 100, 1_000, 10_000] {
            for threads in [1, 2, 9, 64] {
                let calls = walk(stretches, threads, |_, _| ()).calls;
                let enough = calls <= 3 * stretches;
                assert!(enough, "{calls} calls for {stretches} stretches, on {threads} threads");
            }
        }
    }

    /// Walks while the first calls for which `is_one` says so wait for each other: one for each
    /// thread but one. Panics if they do not meet.
    fn at_once(
        stretches: usize,
        threads: usize,
        pass: &'static str,
        is_one: fn(&Way, &Way, usize) -> bool,
    ) {
        let (all, come) = (Rendezvous::new(threads - 1), AtomicUsize::new(0));
        let missed = AtomicBool::new(false);
        let share = stretches / threads;
        let seen = walk(stretches, threads, move |first, second| {
            // Who comes after a missed meeting need not wait as well.
            if is_one(first, second, share)
                && come.fetch_add(1, Relaxed) < threads - 1
                && !missed.load(Relaxed)
                && all.meet(PATIENCE).is_err()
                && !missed.swap(true, Relaxed)
            {
                let all = threads - 1;
                panic!("in the {pass} pass, {all} of {threads} threads were never at work at once");
            }
        });
        assert_eq!(seen.walks.len(), stretches);
    }

    #[test]
    fn the_first_pass_is_done_by_all() {
        for (stretches, threads) in
            [(90, 9), (900, 9), (1_000, 9), (160, 16), (161, 16), (321, 32), (640, 64)]
        {
            at_once(stretches, threads, "first", |_, _, _| true);
        }
    }

    #[test]
    fn the_second_pass_is_done_by_all() {
        for (stretches, threads) in [(90, 9), (900, 9), (160, 16), (324, 32), (640, 64)] {
            // A walk from the start that is longer than a piece, and one stretch more. The steps
            // between the two passes put together whole pieces.
            at_once(stretches, threads, "second", |first, second, share| {
                first.from == 0 && first.to >= share && second.to - second.from == 1
            });
        }
    }
}
