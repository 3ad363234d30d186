// Cuts the fence into equal pieces: whoever is done first stands idle.
// => failed nobody_stands_idle_while_a_plank_is_left

use std::thread;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let piece = fence.len().div_ceil(painters).max(1);
    thread::scope(|scope| {
        for piece in fence.chunks_mut(piece) {
            scope.spawn(|| piece.iter_mut().for_each(&paint));
        }
    });
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
