// Reading a file holds up the thread that asks. Have another thread ask, and make a future of it.
// This does not compile. Repair it, and finish it.
//
// What is wanted: `load` is called once, on a thread of its own; no other thread is needed. What it
// returns, error or not, is the future's output; if it panics, that is an error, too:
// `io::Error::other`. When the output is there, and not before, the waker of the latest poll is woken
// once, by the thread that has loaded.
//
// How it is judged: `load` waits for a message that is sent when the first poll is over. Pollers
// change, and whoever is woken polls at once, from within the wake. In one test it ends while the
// waker is being cloned.
//
// Lesson: chapter-02 read-file

use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

/// What the thread and the one who polls have in common.
#[derive(Default)]
struct Shared {
    result: Option<io::Result<String>>,
    waker: Option<Waker>,
}

fn elsewhere(
    load: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> impl Future<Output = io::Result<String>> + Send {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let mut load = Some(load);
    poll_fn(move |cx| {
        if let Some(load) = load.take() {
            // TODO: this waker is only lent for this one poll.
            let (workers, waker) = (Arc::clone(&shared), cx.waker());
            thread::spawn(move || {
                let result = load();
                workers.lock().expect("nobody panics with the lock").result = Some(result);
                waker.wake_by_ref();
            });
        }
        match shared.lock().expect("nobody panics with the lock").result.take() {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        }
    })
}

fn main() {
    let read = || fs::read_to_string("no-such-file.txt");
    let limit = std::time::Duration::from_secs(5);
    let read = witness::within(limit, move || futures::executor::block_on(elsewhere(read)));
    println!("{read:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::pin::Pin;
    use std::sync::mpsc::{self, Sender};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use std::{fs, io, thread};
    use witness::{Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    type Loading = Pin<Box<dyn Future<Output = io::Result<String>> + Send>>;

    /// A future of what `end` returns, called on the other thread when a message has come.
    fn loading(end: fn() -> io::Result<String>) -> (Loading, Sender<()>, Threads) {
        let (threads, (go, gone)) = (Threads::new(), mpsc::channel());
        let notes = threads.clone();
        let load = move || {
            notes.note();
            gone.recv_timeout(PATIENCE).map_err(io::Error::other)?;
            end()
        };
        (Box::pin(elsewhere(load)), go, threads)
    }

    /// Polls when it is woken, from within the wake, and sends what it finds.
    struct Eager(Mutex<Loading>, Sender<Poll<io::Result<String>>>);

    impl Eager {
        fn poll(&self, waker: &Waker) -> Poll<io::Result<String>> {
            let mut loading = self.0.lock().expect("one poll at a time");
            loading.as_mut().poll(&mut Context::from_waker(waker))
        }
    }

    impl Wake for Eager {
        fn wake(self: Arc<Self>) {
            let _ = self.1.send(self.poll(Waker::noop()));
        }
    }

    /// Polls with wakers of others first, then with its own. Lets it load, and returns what the
    /// poll in the wake finds.
    fn loaded(others: usize, end: fn() -> io::Result<String>) -> io::Result<String> {
        within(LIMIT, move || {
            let ((loading, go, threads), (sender, found)) = (loading(end), mpsc::channel());
            let eager = Arc::new(Eager(Mutex::new(loading), sender));
            let own = Waker::from(Arc::clone(&eager));
            for waker in std::iter::repeat_n(Waker::noop(), others).chain([&own]) {
                let early = eager.poll(waker);
                assert!(early.is_pending(), "the poll waited for what comes after it");
            }
            assert!(found.try_recv().is_err(), "woken before there was any news");
            go.send(()).expect("it is being loaded");
            let ended = "it has ended, and who polled last was not woken, or its poll hangs";
            let Poll::Ready(result) = found.recv_timeout(PATIENCE).expect(ended) else {
                panic!("woken, and the result was not there yet");
            };
            assert!(!threads.ids().contains(&thread::current().id()), "loaded by who polls");
            let loads: usize = threads.work_by_thread().iter().map(|(_, loads)| loads).sum();
            assert_eq!(loads, 1, "loaded once");
            result
        })
    }

    #[test]
    fn who_polls_does_not_wait_and_is_woken_when_the_result_is_there() {
        assert_eq!(loaded(0, || Ok("a map".to_owned())).expect("no error"), "a map");
    }

    #[test]
    fn the_latest_waker_is_woken() {
        assert_eq!(loaded(1, || Ok("a map".to_owned())).expect("no error"), "a map");
    }

    #[test]
    fn what_is_loaded_while_the_waker_is_kept_is_heard_of() {
        thread_local! {
            static END: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
        }
        let (ready, woken) = within(LIMIT, || {
            let ((go, gone), (end, ended)) = (mpsc::channel::<()>(), mpsc::channel::<()>());
            let load = move || {
                // Dropped when the thread ends, with all that it had to do after this.
                END.set(Some(end));
                gone.recv_timeout(PATIENCE).map_err(io::Error::other)?;
                Ok("a map".to_owned())
            };
            let mut loading: Loading = Box::pin(elsewhere(load));
            let first = loading.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(first.is_pending(), "the poll waited for what comes after it");
            // While this waker is cloned, it is loaded. If the poll holds a lock, the thread ends
            // after the poll; if not, it ends here and now, and finds no waker.
            let (go, ended) = (Mutex::new(Some(go)), Mutex::new(ended));
            let cloned = move || {
                if let Some(go) = go.lock().expect("no panic").take() {
                    let _ = go.send(());
                    let ended = ended.lock().expect("no panic");
                    let _ = ended.recv_timeout(Duration::from_secs(1));
                }
            };
            let (wake, woken) = mpsc::channel();
            let wake = Mutex::new(wake);
            let waker = exercises::hooked(cloned, move || {
                let _ = wake.lock().expect("no panic").send(());
            });
            let polled = loading.as_mut().poll(&mut Context::from_waker(&waker));
            (polled.is_ready(), woken.recv_timeout(PATIENCE).is_ok())
        });
        assert!(ready || woken, "loaded between the look and the leaving: nobody is woken");
    }

    #[test]
    fn the_thread_that_loads_is_the_one_that_wakes() {
        for panics in [false, true] {
            loads_and_wakes(panics);
        }
    }

    /// Compares the thread that loads, and then panics if it is to, with the one that wakes.
    fn loads_and_wakes(panics: bool) {
        let (loaded, woken) = within(LIMIT, move || {
            let ((wake, woken), (tell, told)) = (mpsc::channel(), mpsc::channel());
            let ((go, gone), wake) = (mpsc::channel::<()>(), Mutex::new(wake));
            let load = move || {
                let _ = tell.send(thread::current().id());
                gone.recv_timeout(PATIENCE).map_err(io::Error::other)?;
                assert!(!panics, "this file panics on purpose");
                Ok("a map".to_owned())
            };
            let woken_by = move || {
                let _ = wake.lock().expect("no panic").send(thread::current().id());
            };
            let waker = exercises::hooked(|| (), woken_by);
            let mut loading: Loading = Box::pin(elsewhere(load));
            let polled = loading.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending(), "the poll waited for what comes after it");
            go.send(()).expect("it is being loaded");
            (told.recv_timeout(PATIENCE), woken.recv_timeout(PATIENCE))
        });
        let woken = woken.expect("it has ended, and nobody was woken");
        assert_eq!(loaded, Ok(woken), "one thread loads, and another looks whether it has ended");
    }

    #[test]
    fn it_is_woken_once() {
        let (early, late) = within(LIMIT, || {
            let ((loading, go, _), (sender, found)) =
                (loading(|| Ok("a map".to_owned())), mpsc::channel());
            let eager = Arc::new(Eager(Mutex::new(loading), sender));
            let waker = Waker::from(Arc::clone(&eager));
            for _ in 0..3 {
                assert!(eager.poll(&waker).is_pending());
            }
            let early = found.recv_timeout(Duration::from_millis(200)).is_ok();
            go.send(()).expect("it is being loaded");
            found
                .recv_timeout(PATIENCE)
                .expect("it has ended, and nobody was woken")
                .is_ready()
                .then_some(())
                .expect("woken, and the result was not there yet");
            (early, found.recv_timeout(Duration::from_millis(200)).is_ok())
        });
        assert!(!early, "woken before there was any news");
        assert!(!late, "woken twice");
    }

    #[test]
    fn an_error_is_what_the_future_returns() {
        let error = loaded(0, || fs::read_to_string("no-such-file.txt"));
        assert_eq!(error.expect_err("no such file").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_panic_is_an_error() {
        let error = loaded(0, || panic!("this file panics on purpose"));
        assert_eq!(error.expect_err("a panic").kind(), io::ErrorKind::Other);
        // A panic need not have a text.
        let error = loaded(0, || std::panic::panic_any(7));
        assert_eq!(error.expect_err("a panic").kind(), io::ErrorKind::Other);
    }

    #[test]
    fn each_has_a_thread_of_its_own() {
        let met = within(LIMIT, || {
            let meeting = Rendezvous::new(40);
            let load = || {
                let meeting = meeting.clone();
                move || {
                    meeting.meet(PATIENCE).map_err(io::Error::other)?;
                    Ok("a map".to_owned())
                }
            };
            let all = (0..40).map(|_| elsewhere(load()));
            futures::executor::block_on(futures::future::join_all(all))
        });
        let met = met.iter().filter(|loaded| loaded.is_ok()).count();
        assert_eq!(met, 40, "loads that met all the others, of 40");
    }
}
