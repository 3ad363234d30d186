// The pages' end lies outside of the scope: when the binder panics, the press waits for room, forever.
// => failed a_panic_ends_both

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let (printed, pages) = mpsc::sync_channel(room);
    let pages = std::cell::RefCell::new(Some(pages));
    thread::scope(|scope| {
        scope.spawn(move || {
            for page in press {
                if printed.send(page).is_err() {
                    break;
                }
            }
        });
        loop {
            let page = pages.borrow().as_ref().and_then(|pages| pages.recv().ok());
            let Some(page) = page else { break };
            if !bind(page) {
                *pages.borrow_mut() = None;
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
