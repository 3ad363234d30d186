// Takes two planks at a time: the second lies there while the first takes long.
// => failed nobody_stands_idle_while_a_plank_is_left

use std::thread;

use std::sync::{Mutex, PoisonError};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = Mutex::new(fence.chunks_mut(2));
    let next = || planks.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                while let Some(two) = next() {
                    two.iter_mut().for_each(&paint);
                }
            });
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
