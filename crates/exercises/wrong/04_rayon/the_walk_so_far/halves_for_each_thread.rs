// Halves the walk until there is a piece for each thread: the more threads, the more levels.
// => failed three_calls_for_each_stretch_are_enough

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    fn half<S: Clone + Send + Sync>(
        walks: &mut [S],
        pieces: usize,
        then: &(impl Fn(&S, &S) -> S + Send + Sync),
    ) {
        if pieces <= 1 || walks.len() < 2 {
            (1..walks.len()).for_each(|nth| walks[nth] = then(&walks[nth - 1], &walks[nth]));
            return;
        }
        let (left, right) = walks.split_at_mut(walks.len() / 2);
        rayon::join(|| half(left, pieces / 2, then), || half(right, pieces.div_ceil(2), then));
        let before = left.last().expect("it is not empty");
        right.par_iter_mut().for_each(|walk| *walk = then(before, walk));
    }
    let mut walks = stretches.to_vec();
    half(&mut walks, rayon::current_num_threads(), &then);
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
