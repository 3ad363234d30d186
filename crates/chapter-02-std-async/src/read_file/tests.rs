use super::*;
use crate::async_fn::join;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use witness::{Log, PATIENT, Rendezvous, Threads, polls, within};

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")
}

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until nobody else has this bell. Returns how often it was rung until
/// then.
fn rung_until_alone(bell: &Arc<Bell>) -> usize {
    while Arc::strong_count(bell) > 1 {
        thread::yield_now();
    }
    bell.0.load(Ordering::SeqCst)
}

#[test]
fn a_file_arrives_whole() {
    let content = within(PATIENT, || block_on(read(manifest())));
    let expected = fs::read(manifest()).expect("it is there");
    assert_eq!(content.expect("it is there"), expected);
}

#[test]
fn a_missing_file_is_an_error_with_its_path() {
    let error =
        within(PATIENT, || block_on(read(PathBuf::from("no/such.txt"))));
    let error = error.expect_err("it is not there");
    assert_eq!(error.path, Path::new("no/such.txt"));
    assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().starts_with("cannot read 'no/such.txt': "));
}

#[test]
fn it_is_polled_once_at_first_and_once_when_woken() {
    let polls = within(PATIENT, || {
        let (go, gone) = mpsc::channel();
        // Not done before the first poll of both is over.
        let (working, polls) = polls(unblock(move || gone.recv()));
        let (worked, sent) =
            block_on(join(working, async move { go.send(()) }));
        worked.and(sent.map_err(|_| mpsc::RecvError)).expect("both are there");
        polls
    });
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn a_neighbor_runs_while_the_work_blocks_unless_it_blocks_in_place() {
    let met = within(PATIENT, || {
        let pair = Rendezvous::new(2);
        let (worker, neighbor) = (pair.clone(), pair);
        block_on(join(
            unblock(move || worker.meet(PATIENT).is_ok()),
            async move { neighbor.meet(PATIENT).is_ok() },
        ))
    });
    assert_eq!(met, (true, true));

    let met = within(PATIENT, || {
        let pair = Rendezvous::new(2);
        let (worker, neighbor) = (pair.clone(), pair);
        let short = Duration::from_millis(10);
        block_on(join(
            in_place(move || worker.meet(short).is_ok()),
            async move { neighbor.meet(short).is_ok() },
        ))
    });
    assert_eq!(met, (false, false));
}

#[test]
fn the_work_has_a_thread_of_its_own() {
    let (pollers, workers) = within(PATIENT, || {
        let (pollers, workers) = (Threads::new(), Threads::new());
        let noted = |threads: &Threads| {
            let threads = threads.clone();
            move || threads.note()
        };
        block_on(async {
            noted(&pollers)();
            unblock(noted(&workers)).await;
            noted(&pollers)();
        });
        (pollers, workers)
    });
    assert_eq!((pollers.count(), workers.count()), (1, 1));
    assert_ne!(pollers.ids(), workers.ids());
}

#[test]
fn a_panic_in_the_work_reaches_whoever_awaits_it() {
    let caught = within(PATIENT, || {
        catch_unwind(|| block_on(unblock(|| panic!("on purpose"))))
    });
    let payload = caught.map(|(): ()| ()).expect_err("it panics");
    assert_eq!(payload.downcast_ref(), Some(&"on purpose"));
}

#[test]
fn the_one_who_polled_last_is_woken_and_finds_the_result() {
    let (first, second, found) = within(PATIENT, || {
        let (go, gone) = mpsc::channel();
        let (first, second) =
            (Arc::new(Bell::default()), Arc::new(Bell::default()));
        let mut working = pin!(unblock(move || gone.recv()));
        for bell in [&first, &second] {
            let waker = Waker::from(Arc::clone(bell));
            assert!(
                working
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        go.send(7).expect("the worker waits");
        let rung = [&first, &second].map(rung_until_alone);
        let found =
            working.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        (rung[0], rung[1], found)
    });
    assert_eq!((first, second), (0, 1));
    assert_eq!(found, Poll::Ready(Ok(7)));
}

#[test]
fn no_thread_begins_before_the_first_poll_and_none_ends_with_the_future() {
    let events = within(PATIENT, || {
        let log = Log::new();
        let (never, begun) = (log.clone(), log.clone());
        drop(unblock(move || never.push("not polled")));

        let (go, gone) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let mut working = Box::pin(unblock(move || {
            gone.recv().expect("the test sends");
            begun.push("worked");
            end.send(()).expect("the test waits");
        }));
        assert!(
            working
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        drop(working);
        log.push("dropped");
        go.send(()).expect("the worker waits");
        ended.recv().expect("the worker goes on");
        log.events()
    });
    assert_eq!(events, ["dropped", "worked"]);
}

#[test]
fn without_a_way_back_the_second_poll_finds_nothing() {
    let (rung, panicked) = within(PATIENT, || {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut reading = OneWay { path: Some(manifest()) };
        let mut poll = move || {
            Pin::new(&mut reading)
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        };
        assert!(poll());
        while bell.0.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let panicked = catch_unwind(AssertUnwindSafe(&mut poll)).is_err();
        (bell.0.load(Ordering::SeqCst), panicked)
    });
    assert_eq!((rung, panicked), (1, true));
}

#[test]
fn without_a_way_back_an_error_wakes_nobody() {
    let rung = within(PATIENT, || {
        let bell = Arc::new(Bell::default());
        let mut reading = OneWay { path: Some(PathBuf::from("no/such.txt")) };
        {
            let waker = Waker::from(Arc::clone(&bell));
            let poll =
                Pin::new(&mut reading).poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        }
        // Its thread has dropped the last waker: nobody is left who could ring.
        rung_until_alone(&bell)
    });
    assert_eq!(rung, 0);
}

#[test]
fn the_watchdog_tells_done_from_panicked_from_stuck() {
    assert_eq!(watch(PATIENT, async { 7 }), Ok(7));
    let panics = async { panic!("on purpose") };
    assert_eq!(
        watch(PATIENT, panics),
        Err::<(), _>(RecvTimeoutError::Disconnected)
    );
    let stuck = std::future::pending::<()>();
    assert_eq!(
        watch(Duration::from_millis(10), stuck),
        Err(RecvTimeoutError::Timeout)
    );
}
