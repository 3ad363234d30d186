// Pieces of 64 stretches: in a shorter walk there is nothing for most threads.
// => failed the_first_pass_is_done_by_all

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
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
        .par_chunks(64)
        .map(|piece| walks(piece, None).pop().expect("a piece is not empty"))
        .collect();
    let before = walks(&ends, None);
    let pieces = stretches.par_chunks(64).enumerate();
    pieces
        .flat_map(|(nth, piece)| walks(piece, nth.checked_sub(1).map(|nth| &before[nth])))
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
