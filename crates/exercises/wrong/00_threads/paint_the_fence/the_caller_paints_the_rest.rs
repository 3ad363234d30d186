// When all painters have gone home, the caller paints the rest.
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
    let panicked = thread::scope(|scope| {
        let painters: Vec<_> = (0..painters).map(|_| scope.spawn(&work)).collect();
        let mut panicked = None;
        for painter in painters {
            if let Err(panic) = painter.join() {
                panicked = Some(panic);
            }
        }
        panicked
    });
    if let Some(panic) = panicked {
        work();
        std::panic::resume_unwind(panic);
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
