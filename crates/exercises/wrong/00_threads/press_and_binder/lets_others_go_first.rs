// Looks again and again whether there is room, and lets others go first.
// => failed the_press_sleeps_while_there_is_no_room

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
        scope.spawn(move || press.try_for_each(|mut page| {
            loop {
                match sender.try_send(page) {
                    Err(mpsc::TrySendError::Full(back)) => page = back,
                    sent => break sent,
                }
                thread::yield_now();
            }
        }));
        for page in pages {
            if !bind(page) {
                break;
            }
        }
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
