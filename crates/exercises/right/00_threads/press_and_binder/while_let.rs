// Loops on both sides, and the receiver dropped by name.

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    thread::scope(|scope| {
        let (sender, pages) = mpsc::sync_channel(room);
        // An error says that the binder wants no more.
        scope.spawn(move || {
            while let Some(page) = press.next() {
                if sender.send(page).is_err() {
                    break;
                }
            }
        });
        while let Ok(page) = pages.recv() {
            if !bind(page) {
                break;
            }
        }
        drop(pages);
    });
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let press = (1..=9).inspect(|page| println!("  printed {page}"));
        run(press, 1, |page| {
            println!("bound {page}");
            page < 4
        });
    });
}
