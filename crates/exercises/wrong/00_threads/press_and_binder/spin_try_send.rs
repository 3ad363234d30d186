// Spins while there is no room instead of waiting: burns a core.
// => failed the_press_sleeps_while_there_is_no_room

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    thread::scope(|scope| {
        let (tx, rx) = mpsc::sync_channel(room);
        scope.spawn(move || {
            'pages: for page in press {
                let mut page = page;
                loop {
                    match tx.try_send(page) {
                        Ok(()) => break,
                        Err(mpsc::TrySendError::Full(back)) => page = back,
                        Err(mpsc::TrySendError::Disconnected(_)) => break 'pages,
                    }
                    std::hint::spin_loop();
                }
            }
        });
        for page in rx {
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
