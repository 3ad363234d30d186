// `join` on the halves of what leads further.

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    explore(&[0], cave)
}

fn explore(galleries: &[u32], cave: &impl Cave) -> u64 {
    match galleries {
        [] => 0,
        [gallery] => {
            let found = cave.enter(*gallery);
            found.bats + explore(&found.further, cave)
        }
        _ => {
            let (left, right) = galleries.split_at(galleries.len() / 2);
            let (left, right) = rayon::join(|| explore(left, cave), || explore(right, cave));
            left + right
        }
    }
}

/// Each gallery leads to two more, and there are 31 in all.
struct Halving;

impl Cave for Halving {
    fn enter(&self, gallery: u32) -> Found {
        let further = [2 * gallery + 1, 2 * gallery + 2];
        Found { bats: 10, further: further.into_iter().filter(|next| *next < 31).collect() }
    }
}

fn main() {
    println!("{} bats", count_bats(&Halving));
}
