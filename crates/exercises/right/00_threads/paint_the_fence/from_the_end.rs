// Takes the last plank off the rest of the fence, and passes a panic on by itself.

use std::thread;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    fn next<'a, P>(rest: &std::sync::Mutex<&'a mut [P]>) -> Option<&'a mut P> {
        let mut rest = rest.lock().expect("nobody panics in here");
        let (last, others) = std::mem::take(&mut *rest).split_last_mut()?;
        *rest = others;
        Some(last)
    }
    let rest = std::sync::Mutex::new(fence);
    let ended: Vec<_> = thread::scope(|scope| {
        let painters: Vec<_> = (0..painters)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(plank) = next(&rest) {
                        paint(plank);
                    }
                })
            })
            .collect();
        painters.into_iter().map(|painter| painter.join()).collect()
    });
    for painter in ended {
        if let Err(panic) = painter {
            std::panic::resume_unwind(panic);
        }
    }
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
