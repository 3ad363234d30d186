// Each task sends what it found.

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    let (sender, found) = std::sync::mpsc::channel();
    rayon::scope(|scope| explore(0, cave, sender, scope));
    found.into_iter().sum()
}

fn explore<'scope>(
    gallery: u32,
    cave: &'scope impl Cave,
    sender: std::sync::mpsc::Sender<u64>,
    scope: &rayon::Scope<'scope>,
) {
    let found = cave.enter(gallery);
    for next in found.further {
        let sender = sender.clone();
        scope.spawn(move |scope| explore(next, cave, sender, scope));
    }
    sender.send(found.bats).expect("somebody counts");
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
