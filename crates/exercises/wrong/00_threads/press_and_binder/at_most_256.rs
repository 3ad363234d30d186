// Room for 256 pages at most.
// => failed the_press_is_ahead_by_the_room_and_no_more

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let (printed, pages) = mpsc::sync_channel(room.min(256));
    thread::scope(|scope| {
        scope.spawn(move || {
            for page in press {
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
