// Each walk is put together from its start: in parallel, and with far too many calls.
// => failed three_calls_for_each_stretch_are_enough

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let walk = |nth: usize| {
        let (first, others) = stretches[..=nth].split_first().expect("it is not empty");
        others.iter().fold(first.clone(), |walk, stretch| then(&walk, stretch))
    };
    (0..stretches.len()).into_par_iter().map(walk).collect()
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
