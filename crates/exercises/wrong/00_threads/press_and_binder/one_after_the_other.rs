// Prints a page and binds it, then the next: one of the two always stands idle.
// => failed the_press_is_ahead_by_the_room_and_no_more

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    while let Some(page) = thread::scope(|scope| scope.spawn(|| press.next()).join().unwrap()) {
        if !bind(page) {
            break;
        }
    }
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
