// The first page is printed on the caller's thread.
// => failed the_press_has_a_thread_of_its_own

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let Some(first) = press.next() else { return };
    let (printed, pages) = mpsc::sync_channel(room);
    thread::scope(|scope| {
        scope.spawn(move || {
            for page in std::iter::once(first).chain(press) {
                if printed.send(page).is_err() {
                    break;
                }
            }
        });
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
