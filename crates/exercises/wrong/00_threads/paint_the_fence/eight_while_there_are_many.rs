// Takes eight planks at a time while there are many: seven lie there while the first takes long.
// => failed nobody_stands_idle_while_a_plank_is_left

use std::thread;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let planks = std::sync::Mutex::new(fence.iter_mut());
    thread::scope(|scope| {
        for _ in 0..painters {
            scope.spawn(|| {
                loop {
                    let some: Vec<&mut P> = {
                        let mut planks = planks.lock().unwrap();
                        let many = if planks.len() > 500 { 8 } else { 1 };
                        planks.by_ref().take(many).collect()
                    };
                    if some.is_empty() {
                        break;
                    }
                    for plank in some {
                        paint(plank);
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
