// Catches the panic and takes the next plank: nobody goes home.
// => failed a_painter_who_panicked_paints_no_more

use std::thread;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = Mutex::new(fence.iter_mut());
    let next = || planks.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                let mut panicked = None;
                while let Some(plank) = next() {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| paint(plank))) {
                        panicked = Some(panic);
                    }
                }
                if let Some(panic) = panicked {
                    resume_unwind(panic);
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
