// A queue of its own; when the binder waits, there is a place more.

use std::sync::mpsc;
use std::thread;

fn run<P: Send>(
    press: impl Iterator<Item = P> + Send,
    room: usize,
    mut bind: impl FnMut(P) -> bool,
) {
    use std::collections::VecDeque;
    use std::sync::{Condvar, Mutex};
    struct Table<P> {
        pages: VecDeque<P>,
        binder_waits: bool,
        press_stopped: bool,
        binder_stopped: bool,
    }
    struct AtLast<F: Fn()>(F);
    impl<F: Fn()> Drop for AtLast<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    let table = Mutex::new(Table {
        pages: VecDeque::new(),
        binder_waits: false,
        press_stopped: false,
        binder_stopped: false,
    });
    let news = Condvar::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _stop = AtLast(|| {
                table.lock().unwrap().press_stopped = true;
                news.notify_all();
            });
            for page in press {
                let mut table = news
                    .wait_while(table.lock().unwrap(), |table| {
                        !table.binder_stopped
                            && table.pages.len() >= room.saturating_add(table.binder_waits as usize)
                    })
                    .unwrap();
                if table.binder_stopped {
                    return;
                }
                table.pages.push_back(page);
                news.notify_all();
            }
        });
        let _stop = AtLast(|| {
            table.lock().unwrap().binder_stopped = true;
            news.notify_all();
        });
        loop {
            let next = {
                let mut table = table.lock().unwrap();
                table.binder_waits = true;
                news.notify_all();
                let mut table = news
                    .wait_while(table, |table| table.pages.is_empty() && !table.press_stopped)
                    .unwrap();
                table.binder_waits = false;
                let next = table.pages.pop_front();
                news.notify_all();
                next
            };
            let Some(page) = next else { break };
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
