//! One thread serves many sockets.
//!
//! A socket that has nothing to say is asked again later.

// ANCHOR: program
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

// Under `just loom`, loom's own: it runs the model in every order that can
// happen.
#[cfg(loom)]
use loom::sync::atomic::AtomicBool;
#[cfg(not(loom))]
use std::sync::atomic::AtomicBool;

use tracing::info_span;

use stage::{open, print};

// ANCHOR: reactor
/// Knows who waits for a socket, and wakes them.
#[derive(Debug, Default)]
pub struct Reactor {
    waiting: RefCell<Vec<Waker>>,
    rounds: Cell<usize>,
    in_vain: Cell<usize>,
}

impl Reactor {
    /// Tries `operation`, and again each round, until it answers something else
    /// than `WouldBlock`.
    pub async fn retry<T>(
        &self,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
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

    /// Sleeps for a moment, then wakes everyone: any of the sockets may be
    /// ready by now.
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
    /// Polls `future` on this thread whenever it was woken, and makes rounds in
    /// between.
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
        // A `store` would hide what another waker wrote before its wake.
        self.0.swap(true, Ordering::Release);
    }
}
// ANCHOR_END: block_on

// ANCHOR: serve
/// Accepts one guest, and shouts back what the guest says until the guest
/// leaves. Returns how many bytes that was.
pub async fn serve(
    reactor: &Reactor,
    listener: &TcpListener,
    guest: usize,
) -> io::Result<usize> {
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
async fn write_all(
    reactor: &Reactor,
    mut to: impl Write,
    mut bytes: &[u8],
) -> io::Result<()> {
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
/// Does what [`serve`] does, in the way of a thread that has nothing else to
/// do.
pub async fn serve_blocking(
    reactor: &Reactor,
    listener: &TcpListener,
    guest: usize,
) -> io::Result<usize> {
    let (mut stream, _) = reactor.retry(|| listener.accept()).await?;
    // Linux accepts blocking sockets anyway; elsewhere they take after the
    // listener.
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
pub async fn join_all<F: Future>(
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let mut all: Vec<_> =
        futures.into_iter().map(|future| (Box::pin(future), None)).collect();
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

/// Serves four guests of whom the first says nothing for long, without blocking
/// and with.
pub fn main() -> Result<(), Box<dyn Error>> {
    let (guests, pause, patience) =
        (4, Duration::from_millis(20), Duration::from_millis(40));

    let timeline = timeline::timeline(
        "non-blocking: guest 1 says nothing, the others are served",
    );
    let seen = open(guests, pause, patience, serve)?;
    timeline.draw();
    print(guests, seen);

    println!();
    let timeline = timeline::timeline(
        "a blocking read: guest 1 says nothing, and nobody is served",
    );
    let seen = open(guests, pause, patience, serve_blocking)?;
    timeline.draw();
    print(guests, seen);
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod model;
