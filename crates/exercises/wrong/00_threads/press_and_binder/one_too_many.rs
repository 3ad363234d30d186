// Adds one to the room and forgets the page in the hands of the press.
// => failed the_press_is_ahead_by_the_room_and_no_more

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    thread::scope(|scope| {
        let (sender, pages) = mpsc::sync_channel(room + 1);
        scope.spawn(move || press.try_for_each(|page| sender.send(page)));
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
