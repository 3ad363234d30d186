use super::stage::{ORDER, visit};
use super::*;
use crate::channel::oneshot;
use std::net::{Ipv4Addr, TcpStream};
use std::thread::ThreadId;
use witness::{Log, PATIENT, Threads, polls, within};

const SHORT: Duration = Duration::from_millis(5);
const NO_TIME: Duration = Duration::ZERO;

fn would_block<T>() -> io::Result<T> {
    Err(ErrorKind::WouldBlock.into())
}

#[test]
fn everyone_is_served_while_one_says_nothing() {
    // Each of the others waits for its answer, however long it takes.
    let seen = within(PATIENT, || open(6, NO_TIME, PATIENT, serve))
        .expect("loopback works");
    assert_eq!((seen.left_before_the_first_spoke, seen.served), (5, 6));
    assert!(seen.rounds > 0 && seen.in_vain >= seen.rounds);
}

#[test]
fn a_blocking_read_serves_nobody_until_the_first_speaks() {
    let seen = within(PATIENT, || open(4, NO_TIME, SHORT, serve_blocking));
    let seen = seen.expect("loopback works");
    assert_eq!((seen.left_before_the_first_spoke, seen.served), (0, 4));
}

#[test]
fn one_thread_serves_them_all() {
    let (threads, own): (Vec<ThreadId>, ThreadId) = within(PATIENT, || {
        let threads = Threads::new();
        let seen =
            open(4, NO_TIME, PATIENT, async |reactor, listener, guest| {
                threads.note();
                let served = serve(reactor, listener, guest).await;
                threads.note();
                served
            });
        assert_eq!(seen.expect("loopback works").served, 4);
        (threads.ids(), thread::current().id())
    });
    assert_eq!(threads, [own]);
}

#[test]
fn a_guest_who_leaves_without_a_word_disturbs_nobody() {
    let bytes = within(PATIENT, || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        drop(TcpStream::connect(address)?);
        let line =
            vec![TcpStream::connect(address)?, TcpStream::connect(address)?];
        let visiting = thread::spawn(|| visit(line, NO_TIME, PATIENT));
        let reactor = Reactor::default();
        let serving = (1..=3).map(|guest| serve(&reactor, &listener, guest));
        let bytes: io::Result<Vec<usize>> =
            reactor.block_on(join_all(serving)).into_iter().collect();
        assert_eq!(visiting.join().expect("it does not panic")?, 1);
        bytes
    });
    assert_eq!(bytes.expect("loopback works"), [0, ORDER.len(), ORDER.len()]);
}

#[test]
fn what_would_block_is_tried_once_a_round() {
    let (outcome, polls, counts) = within(PATIENT, || {
        let reactor = Reactor::default();
        let mut answers = [would_block(), would_block(), Ok(7)].into_iter();
        let (trying, polls) = polls(
            reactor.retry(|| answers.next().expect("it is not tried again")),
        );
        let outcome = reactor.block_on(trying);
        (outcome, polls, [reactor.rounds.get(), reactor.in_vain.get()])
    });
    assert_eq!(outcome.expect("the last answer"), 7);
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (3, 2, 0));
    assert_eq!(counts, [2, 2]);
}

#[test]
fn any_other_error_is_the_answer() {
    let (outcome, counts) = within(PATIENT, || {
        let reactor = Reactor::default();
        let failing = reactor
            .retry(|| io::Result::<()>::Err(ErrorKind::ConnectionReset.into()));
        let outcome = reactor.block_on(failing);
        (outcome, (reactor.rounds.get(), reactor.in_vain.get()))
    });
    assert_eq!(
        outcome.expect_err("it failed").kind(),
        ErrorKind::ConnectionReset
    );
    assert_eq!(counts, (0, 0));
}

#[test]
fn a_wake_from_another_thread_is_heard() {
    let received = within(PATIENT, || {
        let (sender, receiver) = oneshot();
        let (receiving, polls) = polls(receiver);
        thread::spawn(move || {
            while polls.count() == 0 {
                thread::yield_now();
            }
            sender.send(7)
        });
        Reactor::default().block_on(receiving)
    });
    assert_eq!(received, Ok(7));
}

#[test]
fn all_bytes_are_written_however_few_are_taken_at_a_time() {
    /// Takes three bytes at a time, and makes the writer wait each other time.
    struct Slow(Vec<u8>, bool);
    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return would_block();
            }
            let taken = &bytes[..bytes.len().min(3)];
            self.0.extend_from_slice(taken);
            Ok(taken.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let (written, rounds) = within(PATIENT, || {
        let (reactor, mut slow) = (Reactor::default(), Slow(Vec::new(), false));
        let outcome =
            reactor.block_on(write_all(&reactor, &mut slow, b"two teas"));
        outcome.expect("it takes everything");
        (slow.0, reactor.rounds.get())
    });
    assert_eq!((written.as_slice(), rounds), (b"two teas".as_slice(), 3));

    let full = within(PATIENT, || {
        let reactor = Reactor::default();
        reactor.block_on(write_all(&reactor, &mut [0_u8; 4][..], b"two teas"))
    });
    assert_eq!(
        full.expect_err("there is no room").kind(),
        ErrorKind::WriteZero
    );
}

#[test]
fn all_are_polled_until_each_is_ready_and_none_after() {
    let log = Log::new();
    let outputs = within(PATIENT, move || {
        let reactor = Reactor::default();
        let counting = [2, 0, 1].map(|waits| {
            let (mut left, log, reactor) = (waits, log.clone(), &reactor);
            async move {
                reactor
                    .retry(|| {
                        log.push(waits);
                        if left == 0 {
                            return Ok(waits);
                        }
                        left -= 1;
                        would_block()
                    })
                    .await
            }
        });
        let outputs: io::Result<Vec<u32>> =
            reactor.block_on(join_all(counting)).into_iter().collect();
        (outputs.expect("none fails"), log.events())
    });
    assert_eq!(outputs, (vec![2, 0, 1], vec![2, 0, 1, 2, 1, 2]));
}

#[test]
fn the_timeline_tells_served_at_once_from_one_after_the_other() {
    let overlap = |blocking: bool, [one, two]: [usize; 2]| {
        let recording = within(PATIENT, move || {
            let timeline = timeline::timeline("test");
            let patience = if blocking { SHORT } else { PATIENT };
            let seen =
                open(2, NO_TIME, patience, async |reactor, listener, guest| {
                    // Numbers of their own: a timeline records the other tests
                    // as well.
                    let guest = [one, two][guest - 1];
                    if blocking {
                        serve_blocking(reactor, listener, guest).await
                    } else {
                        serve(reactor, listener, guest).await
                    }
                });
            assert_eq!(seen.expect("loopback works").served, 2);
            timeline.finish()
        });
        let [one, two] = [one, two].map(|guest| {
            recording
                .row(&format!("serve guest={guest}"))
                .expect("it was recorded")
        });
        one.overlaps(two)
    };
    assert!(overlap(false, [71, 72]));
    assert!(!overlap(true, [73, 74]));
}
