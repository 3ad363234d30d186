// Iterator::all consumes the receiver.

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let (pages, printed) = mpsc::sync_channel(room);
    thread::scope(move |scope| {
        scope.spawn(move || press.try_for_each(|page| pages.send(page)));
        printed.into_iter().all(bind);
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
