// Puts what lies before a piece behind it: for sums that would be the same.
// => failed each_walk_begins_at_the_start

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = stretches.len().div_ceil(rayon::current_num_threads()).max(1);
    let walks = |piece: &[S]| -> Vec<S> {
        let mut walks: Vec<S> = Vec::new();
        for stretch in piece {
            let walk = walks.last().map_or_else(|| stretch.clone(), |walk| then(stretch, walk));
            walks.push(walk);
        }
        walks
    };
    let mut pieces: Vec<Vec<S>> = stretches.par_chunks(piece).map(walks).collect();
    let ends: Vec<S> = pieces.iter().map(|piece| piece[piece.len() - 1].clone()).collect();
    let before = walks(&ends);
    pieces.par_iter_mut().skip(1).zip(&before).for_each(|(piece, before)| {
        piece.iter_mut().for_each(|walk| *walk = then(walk, before));
    });
    pieces.into_iter().flatten().collect()
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
