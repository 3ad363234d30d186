// Starts no more painters than the machine has cores.
// => failed all_painters_paint_at_the_same_time

use std::thread;

use std::sync::{Mutex, PoisonError};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let planks = Mutex::new(fence.iter_mut());
    let next = || planks.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..painters.min(cores.min(8)) {
            scope.spawn(|| {
                while let Some(plank) = next() {
                    paint(plank);
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
