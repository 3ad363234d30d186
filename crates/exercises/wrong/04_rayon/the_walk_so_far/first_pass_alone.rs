// Puts the pieces together on one thread, and is parallel only then.
// => failed the_first_pass_is_done_by_all

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let piece = stretches.len().div_ceil(rayon::current_num_threads()).max(1);
    let mut before: Vec<Option<S>> = vec![None];
    for piece in stretches.chunks(piece) {
        let mut walk = before.last().cloned().flatten();
        for stretch in piece {
            walk = Some(walk.map_or_else(|| stretch.clone(), |walk| then(&walk, stretch)));
        }
        before.push(walk);
    }
    let pieces = stretches.par_chunks(piece).zip(before);
    let walks = |(piece, mut walk): (&[S], Option<S>)| -> Vec<S> {
        let mut walks = Vec::new();
        for stretch in piece {
            walk = Some(walk.map_or_else(|| stretch.clone(), |walk| then(&walk, stretch)));
            walks.extend(walk.clone());
        }
        walks
    };
    pieces.flat_map(walks).collect()
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
