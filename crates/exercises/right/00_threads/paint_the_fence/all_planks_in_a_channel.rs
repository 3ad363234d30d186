// All planks wait in a channel; a receiver behind a lock hands them out.

use std::thread;

use std::sync::{Mutex, PoisonError, mpsc};

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let (sender, planks) = mpsc::channel();
    for plank in fence {
        sender.send(plank).expect("the receiver is here");
    }
    drop(sender);
    let planks = Mutex::new(planks);
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                loop {
                    let plank = planks.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    match plank {
                        Ok(plank) => paint(plank),
                        Err(_) => break,
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
