// The caller is one of the painters.
// => failed there_are_no_more_painters_than_were_asked_for

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
        for _ in 1..painters {
            scope.spawn(work);
        }
        work();
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
