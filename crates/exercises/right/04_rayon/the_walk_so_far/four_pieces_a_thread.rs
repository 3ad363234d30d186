// Four pieces for each thread, in a scope, with a slot for each.

use rayon::prelude::*;
use std::sync::Mutex;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = stretches.len().div_ceil(4 * rayon::current_num_threads()).max(2);
    let mut walks = stretches.to_vec();
    let then = &then;
    rayon::scope(|scope| {
        for piece in walks.chunks_mut(piece) {
            scope.spawn(move |_| {
                for nth in 1..piece.len() {
                    piece[nth] = then(&piece[nth - 1], &piece[nth]);
                }
            });
        }
    });
    let mut before: Option<S> = None;
    rayon::scope(|scope| {
        for piece in walks.chunks_mut(piece) {
            let end = piece.last().expect("it is not empty").clone();
            let next = before.as_ref().map_or_else(|| end.clone(), |before| then(before, &end));
            if let Some(before) = before.replace(next) {
                scope.spawn(move |_| piece.iter_mut().for_each(|walk| *walk = then(&before, walk)));
            }
        }
    });
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
