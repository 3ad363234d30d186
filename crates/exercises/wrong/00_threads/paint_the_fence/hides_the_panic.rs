// Joins by hand and drops what `join` says: the caller hears of no panic.
// => failed a_painter_who_panics_leaves_the_rest_to_the_others

use std::thread;

use std::sync::{Mutex, PoisonError};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = Mutex::new(fence.iter_mut());
    let next = || planks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(plank) = next() {
            paint(plank);
        }
    };
    thread::scope(|scope| {
        let painters: Vec<_> = (0..painters).map(|_| scope.spawn(work)).collect();
        for painter in painters {
            let _ = painter.join();
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
