// Starts no more than 32 painters.
// => failed all_painters_paint_at_the_same_time

use std::thread;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = std::sync::Mutex::new(fence.iter_mut());
    thread::scope(|scope| {
        for _ in 0..painters.min(32) {
            scope.spawn(|| {
                loop {
                    let next = planks.lock().unwrap().next();
                    let Some(plank) = next else { break };
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
