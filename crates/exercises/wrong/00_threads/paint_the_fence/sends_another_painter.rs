// Sends another painter for one who has panicked.
// => failed a_painter_who_panicked_paints_no_more

use std::thread;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = std::sync::Mutex::new(fence.iter_mut());
    let work = || {
        loop {
            let next = planks.lock().unwrap().next();
            let Some(plank) = next else { break };
            paint(plank);
        }
    };
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                let mut panicked = None;
                loop {
                    let painted = thread::scope(|inner| inner.spawn(&work).join());
                    match painted {
                        Ok(()) => break,
                        Err(panic) => panicked = Some(panic),
                    }
                }
                if let Some(panic) = panicked {
                    std::panic::resume_unwind(panic);
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
