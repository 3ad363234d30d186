// Pieces in parallel, and then what lies before them on one thread.
// => failed the_second_pass_is_done_by_all

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = stretches.len().div_ceil(rayon::current_num_threads()).max(1);
    let walks = |piece: &[S]| -> Vec<S> {
        let mut walks: Vec<S> = Vec::new();
        for stretch in piece {
            let walk = walks.last().map_or_else(|| stretch.clone(), |walk| then(walk, stretch));
            walks.push(walk);
        }
        walks
    };
    let pieces: Vec<Vec<S>> = stretches.par_chunks(piece).map(walks).collect();
    let mut whole: Vec<S> = Vec::new();
    for piece in pieces {
        match whole.last().cloned() {
            None => whole = piece,
            Some(before) => whole.extend(piece.iter().map(|walk| then(&before, walk))),
        }
    }
    whole
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
