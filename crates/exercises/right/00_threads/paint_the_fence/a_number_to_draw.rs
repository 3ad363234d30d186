// An atomic number to draw, and a lock around each plank.

use std::thread;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks: Vec<_> = fence.iter_mut().map(Mutex::new).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..painters.min(planks.len()) {
            scope.spawn(|| {
                while let Some(plank) = planks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    paint(&mut plank.lock().expect("nobody else has drawn this number"));
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
