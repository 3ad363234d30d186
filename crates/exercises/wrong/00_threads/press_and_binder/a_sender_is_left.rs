// Lends the sender to the press and keeps it: the binder waits for a page that nobody will send.
// => failed all_pages_are_bound_in_order_by_the_caller

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let (sender, pages) = mpsc::sync_channel(room);
    thread::scope(|scope| {
        scope.spawn(|| press.try_for_each(|page| sender.send(page)));
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
