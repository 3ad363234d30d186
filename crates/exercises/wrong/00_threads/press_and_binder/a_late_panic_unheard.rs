// A press that panics when the binder wants no more is not heard.
// => failed a_press_that_panics_after_the_last_page_is_heard

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(press: impl Iterator<Item = P> + Send, room: usize, mut bind: impl FnMut(P) -> bool) {
    thread::scope(|scope| {
        let (put, take) = mpsc::sync_channel(room);
        let press = scope.spawn(move || {
            for page in press {
                if put.send(page).is_err() {
                    return;
                }
            }
        });
        let mut enough = false;
        for page in take {
            if !bind(page) {
                enough = true;
                break;
            }
        }
        let ended = press.join();
        if !enough && let Err(panic) = ended {
            std::panic::resume_unwind(panic);
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

