// The binder has the thread of its own, and the press the caller's: `bind` is not `Send`.
// => did not compile E0277

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
            for page in pages {
                if !bind(page) {
                    break;
                }
            }
        });
        let _ = press.try_for_each(|page| sender.send(page));
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
