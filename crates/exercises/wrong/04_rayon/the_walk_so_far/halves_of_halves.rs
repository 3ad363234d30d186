// Each half for itself, and the left half's end before all of the right: a pass for each level.
// => failed three_calls_for_each_stretch_are_enough

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    fn half<S: Clone + Send + Sync>(walks: &mut [S], then: &(impl Fn(&S, &S) -> S + Send + Sync)) {
        if walks.len() < 2 {
            return;
        }
        let (left, right) = walks.split_at_mut(walks.len() / 2);
        rayon::join(|| half(left, then), || half(right, then));
        let before = left.last().expect("it is not empty");
        right.par_iter_mut().for_each(|walk| *walk = then(before, walk));
    }
    let mut walks = stretches.to_vec();
    half(&mut walks, &then);
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
