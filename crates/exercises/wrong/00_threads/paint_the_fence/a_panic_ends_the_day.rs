// When somebody has panicked, the others take no more planks.
// => failed a_painter_who_panics_leaves_the_rest_to_the_others

use std::thread;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let (planks, over) = (Mutex::new(fence.iter_mut()), AtomicBool::new(false));
    let next = || planks.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed)
                    && let Some(plank) = next()
                {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| paint(plank))) {
                        over.store(true, Ordering::Relaxed);
                        resume_unwind(panic);
                    }
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
