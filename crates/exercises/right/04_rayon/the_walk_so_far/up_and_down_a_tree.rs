// A tree of halves: up it goes the walk of each half, down it what lies before.

use rayon::prelude::*;

enum Tree<S> {
    Leaf,
    Fork { left: Box<Tree<S>>, walk: S, right: Box<Tree<S>> },
}

fn so_far<S: Clone + Send + Sync>(
    stretches: &[S],
    then: impl Fn(&S, &S) -> S + Send + Sync,
) -> Vec<S> {
    if stretches.is_empty() {
        return Vec::new();
    }
    let (tree, _) = up(stretches, &then);
    let mut walks = stretches.to_vec();
    down(&tree, &mut walks, None, &then);
    walks
}

fn up<S: Clone + Send + Sync>(
    stretches: &[S],
    then: &(impl Fn(&S, &S) -> S + Send + Sync),
) -> (Tree<S>, S) {
    if let [only] = stretches {
        return (Tree::Leaf, only.clone());
    }
    let (left, right) = stretches.split_at(stretches.len() / 2);
    let ((left, walk), (right, end)) = rayon::join(|| up(left, then), || up(right, then));
    let whole = then(&walk, &end);
    (Tree::Fork { left: Box::new(left), walk, right: Box::new(right) }, whole)
}

fn down<S: Clone + Send + Sync>(
    tree: &Tree<S>,
    walks: &mut [S],
    before: Option<S>,
    then: &(impl Fn(&S, &S) -> S + Send + Sync),
) {
    match tree {
        Tree::Leaf => {
            if let Some(before) = before {
                walks[0] = then(&before, &walks[0]);
            }
        }
        Tree::Fork { left, walk, right } => {
            let (here, there) = walks.split_at_mut(walks.len() / 2);
            rayon::join(
                || {
                    let both = before.as_ref().map_or_else(|| walk.clone(), |it| then(it, walk));
                    down(right, there, Some(both), then)
                },
                || down(left, here, before.clone(), then),
            );
        }
    }
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
