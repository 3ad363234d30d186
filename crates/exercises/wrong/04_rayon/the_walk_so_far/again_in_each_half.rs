// Puts together anew what lies before, in each half, and in each half of a half.
// => failed three_calls_for_each_stretch_are_enough

use rayon::prelude::*;

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    let threads = rayon::current_num_threads();
    let size = stretches.len().div_ceil(threads).max(1);
    let totals: Vec<S> = stretches
        .par_chunks(size)
        .with_max_len(1)
        .map(|piece| piece[1..].iter().fold(piece[0].clone(), |walk, next| then(&walk, next)))
        .collect();
    let pieces: Vec<&[S]> = stretches.chunks(size).collect();
    let mut walks = Vec::new();
    down(&pieces, &totals, None, &then, &mut walks);
    walks
}

fn down<S: Clone + Send + Sync>(
    pieces: &[&[S]],
    totals: &[S],
    before: Option<S>,
    then: &(impl Fn(&S, &S) -> S + Send + Sync),
    walks: &mut Vec<S>,
) {
    let Some(half) = (pieces.len() > 1).then_some(pieces.len() / 2) else {
        let mut walk = before;
        for next in pieces.iter().copied().flatten() {
            let longer = match &walk {
                None => next.clone(),
                Some(walk) => then(walk, next),
            };
            walks.push(longer.clone());
            walk = Some(longer);
        }
        return;
    };
    let mut middle = before.clone();
    for total in &totals[..half] {
        middle = Some(match &middle {
            None => total.clone(),
            Some(walk) => then(walk, total),
        });
    }
    let mut right = Vec::new();
    rayon::join(
        || down(&pieces[..half], &totals[..half], before, then, walks),
        || down(&pieces[half..], &totals[half..], middle, then, &mut right),
    );
    walks.append(&mut right);
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
