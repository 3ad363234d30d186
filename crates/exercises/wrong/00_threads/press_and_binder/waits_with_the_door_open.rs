// Waits for the press with the receiver still there: the press waits for room, forever.
// => failed a_binder_who_stops_stops_the_press

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let (sender, pages) = mpsc::sync_channel(room);
    thread::scope(|scope| {
        let press = scope.spawn(move || press.try_for_each(|page| sender.send(page)));
        while let Ok(page) = pages.recv() {
            if !bind(page) {
                break;
            }
        }
        let _ = press.join();
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
