// Each piece learns the end of the one before it, and not what lies before that.
// => failed each_walk_begins_at_the_start

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = stretches.len().div_ceil(rayon::current_num_threads()).max(1);
    let walks = |piece: &[S], before: Option<&S>| -> Vec<S> {
        let mut walk = before.cloned();
        let mut walks = Vec::new();
        for stretch in piece {
            walk = Some(walk.map_or_else(|| stretch.clone(), |walk| then(&walk, stretch)));
            walks.extend(walk.clone());
        }
        walks
    };
    let ends: Vec<S> = stretches
        .par_chunks(piece)
        .map(|piece| walks(piece, None).pop().expect("a piece is not empty"))
        .collect();
    let pieces = stretches.par_chunks(piece).enumerate();
    pieces.flat_map(|(nth, piece)| walks(piece, nth.checked_sub(1).map(|nth| &ends[nth]))).collect()
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
