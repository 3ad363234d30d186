// Makes sixteen pieces at most.
// => failed the_first_pass_is_done_by_all

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let threads = rayon::current_num_threads().min(16);
    let size = stretches.len().div_ceil(threads).max(1);
    let totals: Vec<S> = stretches
        .par_chunks(size)
        .with_max_len(1)
        .map(|piece| piece[1..].iter().fold(piece[0].clone(), |walk, next| then(&walk, next)))
        .collect();
    let mut before = vec![None];
    let mut walk: Option<S> = None;
    for total in &totals {
        walk = Some(match &walk {
            None => total.clone(),
            Some(walk) => then(walk, total),
        });
        before.push(walk.clone());
    }
    stretches
        .par_chunks(size)
        .zip(before)
        .with_max_len(1)
        .flat_map_iter(|(piece, mut walk)| {
            let mut walks = Vec::with_capacity(piece.len());
            for next in piece {
                let longer = match &walk {
                    None => next.clone(),
                    Some(walk) => then(walk, next),
                };
                walks.push(longer.clone());
                walk = Some(longer);
            }
            walks
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
