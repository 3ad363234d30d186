// One plank for each painter, and the next round when all are done.
// => failed nobody_stands_idle_while_a_plank_is_left

use std::thread;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    for round in fence.chunks_mut(painters) {
        thread::scope(|scope| {
            for plank in round {
                scope.spawn(|| paint(plank));
            }
        });
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let mut fence = vec!["bare".to_owned(); 7];
        paint_all(&mut fence, 3, |plank| *plank = format!("by {:?}", std::thread::current().id()));
        for (nth, plank) in fence.iter().enumerate() {
            println!("plank {nth}: {plank}");
        }
    });
}
