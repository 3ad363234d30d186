// The first pass keeps only the pieces' ends; the second begins with what lies before a piece.

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = (stretches.len() / rayon::current_num_threads()).max(1);
    let add = |walk: Option<S>, stretch: &S| match walk {
        Some(walk) => Some(then(&walk, stretch)),
        None => Some(stretch.clone()),
    };
    let ends = stretches.par_chunks(piece).map(|piece| piece.iter().fold(None, add));
    let ends: Vec<Option<S>> = ends.collect();
    let mut before = vec![None];
    for end in ends.into_iter().flatten() {
        let walk = before.last().cloned().flatten();
        before.push(add(walk, &end));
    }
    let pieces = stretches.par_chunks(piece).zip(before);
    pieces
        .flat_map_iter(|(piece, before)| {
            piece.iter().scan(before, |walk, stretch| {
                *walk = add(walk.take(), stretch);
                walk.clone()
            })
        })
        .collect()
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
