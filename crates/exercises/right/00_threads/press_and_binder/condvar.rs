// A queue of its own, with Mutex and Condvar; a page in hand counts as the last place.

use std::sync::mpsc;
use std::thread;

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct State<P> {
    pages: VecDeque<P>,
    over: bool,
}

struct Shelf<P> {
    state: Mutex<State<P>>,
    changed: Condvar,
}

struct Over<'a, P>(&'a Shelf<P>);

impl<P> Drop for Over<'_, P> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap().over = true;
        self.0.changed.notify_all();
    }
}

fn run<P: Send>(
    mut press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    let shelf = Shelf {
        state: Mutex::new(State { pages: VecDeque::new(), over: false }),
        changed: Condvar::new(),
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            // Also when the press panics.
            let _over = Over(&shelf);
            loop {
                // Room for one in the hands of the press.
                let free = |state: &mut State<P>| !state.over && state.pages.len() > room;
                let state = shelf.state.lock().unwrap();
                if shelf.changed.wait_while(state, free).unwrap().over {
                    break;
                }
                let Some(page) = press.next() else { break };
                shelf.state.lock().unwrap().pages.push_back(page);
                shelf.changed.notify_all();
            }
        });
        let _over = Over(&shelf);
        loop {
            let none = |state: &mut State<P>| !state.over && state.pages.is_empty();
            let mut state = shelf.changed.wait_while(shelf.state.lock().unwrap(), none).unwrap();
            let Some(page) = state.pages.pop_front() else { break };
            drop(state);
            shelf.changed.notify_all();
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
