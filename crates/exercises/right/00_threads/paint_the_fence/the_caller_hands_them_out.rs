// The caller hands a plank to whoever asks, and passes a panic on by itself.

use std::thread;

use std::panic::resume_unwind;
use std::sync::mpsc;

fn paint_all<P: Send>(fence: &mut [P], painters: usize, paint: impl Fn(&mut P) + Sync) {
    let paint = &paint;
    thread::scope(|scope| {
        let (asks, asked) = mpsc::channel::<mpsc::SyncSender<&mut P>>();
        let painters = (0..painters).map(|_| {
            let asks = asks.clone();
            scope.spawn(move || {
                loop {
                    let (hands_out, gets) = mpsc::sync_channel(1);
                    if asks.send(hands_out).is_err() {
                        break;
                    }
                    // An error says that the caller has no more planks.
                    let Ok(plank) = gets.recv() else { break };
                    paint(plank);
                }
            })
        });
        let painters: Vec<_> = painters.collect();
        drop(asks);
        let mut planks = fence.iter_mut();
        // Ends when all painters have gone home.
        for painter in asked {
            match planks.next() {
                Some(plank) => painter.send(plank).expect("the painter waits"),
                None => break,
            }
        }
        for painter in painters {
            if let Err(panic) = painter.join() {
                resume_unwind(panic);
            }
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
