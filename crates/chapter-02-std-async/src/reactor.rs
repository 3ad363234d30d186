//! One thread serves many clients: a socket that has nothing to say is asked again later.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use tracing::info_span;

// ANCHOR: reactor
/// Knows who waits for a socket, and wakes them.
#[derive(Debug, Default)]
pub struct Reactor {
    waiting: RefCell<Vec<Waker>>,
    rounds: Cell<usize>,
    in_vain: Cell<usize>,
}

impl Reactor {
    /// Tries `operation`, and again each round, until it answers something else than `WouldBlock`.
    pub async fn retry<T>(&self, mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        poll_fn(|cx| match operation() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.in_vain.update(|tries| tries + 1);
                self.waiting.borrow_mut().push(cx.waker().clone());
                Poll::Pending
            }
            done => Poll::Ready(done),
        })
        .await
    }

    /// Sleeps for a moment, then wakes everyone: any of the sockets may be ready by now.
    fn round(&self) {
        self.rounds.update(|rounds| rounds + 1);
        thread::sleep(PAUSE);
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}

const PAUSE: Duration = Duration::from_millis(1);
// ANCHOR_END: reactor

// ANCHOR: block_on
impl Reactor {
    /// Polls `future` on this thread whenever it was woken, and makes rounds in between.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        loop {
            while woken.0.swap(false, Ordering::Acquire) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                    return output;
                }
            }
            self.round();
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
// ANCHOR_END: block_on

// ANCHOR: serve
/// Accepts one guest, and shouts back what the guest says until the guest leaves. Returns how many
/// bytes that was.
pub async fn serve(reactor: &Reactor, listener: &TcpListener, guest: usize) -> io::Result<usize> {
    let (stream, _) = reactor.retry(|| listener.accept()).await?;
    stream.set_nonblocking(true)?;
    let span = info_span!("serve", guest);
    let (mut buffer, mut total) = ([0; 1024], 0);
    loop {
        let read = reactor.retry(|| (&stream).read(&mut buffer)).await?;
        if read == 0 {
            return Ok(total);
        }
        let answer = span.in_scope(|| buffer[..read].to_ascii_uppercase());
        write_all(reactor, &stream, &answer).await?;
        total += read;
    }
}

/// Writes all bytes, as many at a time as `to` takes.
async fn write_all(reactor: &Reactor, mut to: impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match reactor.retry(|| to.write(bytes)).await? {
            0 => return Err(ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}
// ANCHOR_END: serve

// ANCHOR: serve_blocking
/// Does what [`serve`] does, in the way of a thread that has nothing else to do.
pub async fn serve_blocking(
    reactor: &Reactor,
    listener: &TcpListener,
    guest: usize,
) -> io::Result<usize> {
    let (mut stream, _) = reactor.retry(|| listener.accept()).await?;
    // Linux accepts blocking sockets anyway; elsewhere they take after the listener.
    stream.set_nonblocking(false)?;
    let _serving = info_span!("serve", guest).entered();
    let (mut buffer, mut total) = ([0; 1024], 0);
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(total);
        }
        stream.write_all(&buffer[..read].to_ascii_uppercase())?;
        total += read;
    }
}
// ANCHOR_END: serve_blocking

/// Polls all futures until all are ready. Returns their outputs in order.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        for (future, output) in &mut all {
            // A future that was ready must not be polled again.
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(cx)
            {
                *output = Some(ready);
            }
        }
        let ready = all.iter().all(|(_, output)| output.is_some());
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}

/// One after another, all guests but the first order, wait at most `patience` for the answer, and
/// leave with it. Only then the first one speaks, and those who are still there stay for their
/// answers. Returns how many had left before the first one spoke.
pub fn visit(guests: Vec<TcpStream>, pause: Duration, patience: Duration) -> io::Result<usize> {
    let mut guests = guests.into_iter();
    let Some(mut silent) = guests.next() else {
        return Ok(0);
    };
    let (mut left, mut staying) = (0, Vec::new());
    for mut guest in guests {
        thread::sleep(pause);
        guest.write_all(ORDER)?;
        guest.set_read_timeout(Some(patience))?;
        // Looks whether there is an answer, and takes nothing of it.
        if guest.peek(&mut [0]).is_ok() {
            take_answer(guest)?;
            left += 1;
        } else {
            staying.push(guest);
        }
    }
    silent.write_all(ORDER)?;
    take_answer(silent)?;
    for guest in staying {
        take_answer(guest)?;
    }
    Ok(left)
}

const ORDER: &[u8] = b"one tea, please";

/// Waits for the whole answer, then leaves: the connection is closed.
fn take_answer(mut guest: TcpStream) -> io::Result<()> {
    guest.set_read_timeout(None)?;
    let mut answer = [0; ORDER.len()];
    guest.read_exact(&mut answer)?;
    if answer.eq_ignore_ascii_case(ORDER) && answer != ORDER {
        Ok(())
    } else {
        Err(io::Error::other("this is not the answer"))
    }
}

/// What was seen of a server and its guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Guests that had their answer while the first said nothing.
    pub left_before_the_first_spoke: usize,
    /// Guests that had their answer in the end.
    pub served: usize,
    /// How often the thread slept and woke everyone.
    pub rounds: usize,
    /// Operations that were tried on a socket that was not ready.
    pub in_vain: usize,
}

/// Opens a server on this thread, and on another thread sends it guests that [`visit`].
pub fn open(
    guests: usize,
    pause: Duration,
    patience: Duration,
    serve: impl AsyncFn(&Reactor, &TcpListener, usize) -> io::Result<usize>,
) -> io::Result<Seen> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // They stand in line before the door opens, the silent one first.
    let line = (0..guests).map(|_| TcpStream::connect(address)).collect::<io::Result<_>>()?;

    thread::scope(|scope| {
        let visiting = scope.spawn(|| visit(line, pause, patience));
        let reactor = Reactor::default();
        let serving = (1..=guests).map(|guest| serve(&reactor, &listener, guest));
        let bytes = reactor.block_on(join_all(serving));
        let left = visiting.join().expect("a visit does not panic")?;
        Ok(Seen {
            left_before_the_first_spoke: left,
            served: bytes.iter().flatten().filter(|&&bytes| bytes == ORDER.len()).count(),
            rounds: reactor.rounds.get(),
            in_vain: reactor.in_vain.get(),
        })
    })
}

/// Serves four guests of whom the first says nothing for long, without blocking and with.
pub fn main() -> Result<(), Box<dyn Error>> {
    let (guests, pause, patience) = (4, Duration::from_millis(20), Duration::from_millis(40));

    let timeline = lessons::timeline("non-blocking: guest 1 says nothing, the others are served");
    let seen = open(guests, pause, patience, serve)?;
    timeline.draw();
    print(guests, seen);

    println!();
    let timeline = lessons::timeline("a blocking read: guest 1 says nothing, and nobody is served");
    let seen = open(guests, pause, patience, serve_blocking)?;
    timeline.draw();
    print(guests, seen);
    Ok(())
}

fn print(guests: usize, seen: Seen) {
    let Seen { left_before_the_first_spoke: left, served, rounds, in_vain } = seen;
    println!("served while guest 1 said nothing: {left} of {}", guests - 1);
    println!("served in the end: {served}; rounds: {rounds}; tries in vain: {in_vain}");
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::channel::oneshot;
    use std::thread::ThreadId;
    use witness::{Log, Threads, polls, within};

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(5);
    const NO_TIME: Duration = Duration::ZERO;

    fn would_block<T>() -> io::Result<T> {
        Err(ErrorKind::WouldBlock.into())
    }

    #[test]
    fn everyone_is_served_while_one_says_nothing() {
        // Each of the others waits for its answer, however long it takes.
        let seen = within(LONG, || open(6, NO_TIME, LONG, serve)).expect("loopback works");
        assert_eq!((seen.left_before_the_first_spoke, seen.served), (5, 6));
        assert!(seen.rounds > 0 && seen.in_vain >= seen.rounds);
    }

    #[test]
    fn a_blocking_read_serves_nobody_until_the_first_speaks() {
        let seen = within(LONG, || open(4, NO_TIME, SHORT, serve_blocking));
        let seen = seen.expect("loopback works");
        assert_eq!((seen.left_before_the_first_spoke, seen.served), (0, 4));
    }

    #[test]
    fn one_thread_serves_them_all() {
        let (threads, own): (Vec<ThreadId>, ThreadId) = within(LONG, || {
            let threads = Threads::new();
            let seen = open(4, NO_TIME, LONG, async |reactor, listener, guest| {
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
        let bytes = within(LONG, || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            drop(TcpStream::connect(address)?);
            let line = vec![TcpStream::connect(address)?, TcpStream::connect(address)?];
            let visiting = thread::spawn(|| visit(line, NO_TIME, LONG));
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
        let (outcome, polls, counts) = within(LONG, || {
            let reactor = Reactor::default();
            let mut answers = [would_block(), would_block(), Ok(7)].into_iter();
            let (trying, polls) =
                polls(reactor.retry(|| answers.next().expect("it is not tried again")));
            let outcome = reactor.block_on(trying);
            (outcome, polls, [reactor.rounds.get(), reactor.in_vain.get()])
        });
        assert_eq!(outcome.expect("the last answer"), 7);
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (3, 2, 0));
        assert_eq!(counts, [2, 2]);
    }

    #[test]
    fn any_other_error_is_the_answer() {
        let (outcome, counts) = within(LONG, || {
            let reactor = Reactor::default();
            let failing =
                reactor.retry(|| io::Result::<()>::Err(ErrorKind::ConnectionReset.into()));
            let outcome = reactor.block_on(failing);
            (outcome, (reactor.rounds.get(), reactor.in_vain.get()))
        });
        assert_eq!(outcome.expect_err("it failed").kind(), ErrorKind::ConnectionReset);
        assert_eq!(counts, (0, 0));
    }

    #[test]
    fn a_wake_from_another_thread_is_heard() {
        let received = within(LONG, || {
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

        let (written, rounds) = within(LONG, || {
            let (reactor, mut slow) = (Reactor::default(), Slow(Vec::new(), false));
            let outcome = reactor.block_on(write_all(&reactor, &mut slow, b"two teas"));
            outcome.expect("it takes everything");
            (slow.0, reactor.rounds.get())
        });
        assert_eq!((written.as_slice(), rounds), (b"two teas".as_slice(), 3));

        let full = within(LONG, || {
            let reactor = Reactor::default();
            reactor.block_on(write_all(&reactor, &mut [0_u8; 4][..], b"two teas"))
        });
        assert_eq!(full.expect_err("there is no room").kind(), ErrorKind::WriteZero);
    }

    #[test]
    fn all_are_polled_until_each_is_ready_and_none_after() {
        let log = Log::new();
        let outputs = within(LONG, move || {
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
            let recording = within(LONG, move || {
                let timeline = lessons::timeline("test");
                let patience = if blocking { SHORT } else { LONG };
                let seen = open(2, NO_TIME, patience, async |reactor, listener, guest| {
                    // Numbers of their own: a timeline records the other tests as well.
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
                recording.row(&format!("serve guest={guest}")).expect("it was recorded")
            });
            one.overlaps(two)
        };
        assert!(overlap(false, [71, 72]));
        assert!(!overlap(true, [73, 74]));
    }
}
