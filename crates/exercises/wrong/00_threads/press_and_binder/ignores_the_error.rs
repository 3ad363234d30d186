// Ignores that nobody takes pages anymore: the press prints on, for nobody.
// => failed a_binder_who_stops_stops_the_press

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    thread::scope(|scope| {
        let (sender, pages) = mpsc::sync_channel(room);
        scope.spawn(move || {
            for page in press {
                let _ = sender.send(page);
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
