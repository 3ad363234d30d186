//! A connection below HTTP: where its bandwidth is limited and where it is
//! reset.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::counts::InFlight;

/// The messages between a body and the socket it is written to. hyper stands
/// between them and passes on nothing but bytes.
#[derive(Default)]
pub(crate) struct Link(Mutex<LinkState>);

#[derive(Default)]
struct LinkState {
    /// Set once, by a body that ends in a reset; the socket obeys when it is
    /// dropped.
    reset: bool,
    flush: Flush,
    /// A request whose body is over and whose last bytes are in hyper's buffer.
    leaving: Option<InFlight>,
}

#[derive(Default)]
enum Flush {
    #[default]
    Idle,
    Asked(Waker),
    Done,
}

impl Link {
    /// The connection is to end in a reset rather than in order.
    pub(crate) fn reset(&self) {
        self.state().reset = true;
    }

    /// Ready when everything the body has handed over so far is in the socket.
    /// Without it, what is still in hyper's buffer when the body fails would
    /// never be sent.
    pub(crate) fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if let Flush::Done = state.flush {
            state.flush = Flush::Idle;
            return Poll::Ready(());
        }
        state.flush = Flush::Asked(cx.waker().clone());
        Poll::Pending
    }

    /// The body of this request is over.
    pub(crate) fn leave(&self, request: InFlight) {
        let before = self.state().leaving.replace(request);
        drop(before);
    }

    /// Just before the last bytes go out, so that a client who has read them
    /// finds the request counted out.
    fn left(&self) {
        let request = self.state().leaving.take();
        drop(request);
    }

    fn flushed(&self) {
        let mut state = self.state();
        if let Flush::Asked(waker) = std::mem::take(&mut state.flush) {
            state.flush = Flush::Done;
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, LinkState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket of the server.
pub(crate) struct Wire {
    stream: TokioIo<TcpStream>,
    link: Arc<Link>,
    pace: Option<Pace>,
}

impl Wire {
    /// `bandwidth` is in bytes per second.
    pub(crate) fn new(
        stream: TcpStream,
        link: Arc<Link>,
        bandwidth: Option<u64>,
    ) -> io::Result<Self> {
        // Nagle's algorithm holds back a second small write until the first is
        // acknowledged, and a client delays that by 40 ms.
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: TokioIo::new(stream),
            link,
            pace: bandwidth.map(Pace::new),
        })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.link.state().reset {
            // On failure the client sees an ordinary close in the middle of a
            // body instead: there is no one to tell.
            let _ = self.stream.inner().set_zero_linger();
        }
        self.link.left();
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Write for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let allowed = match &mut this.pace {
            Some(pace) => ready!(pace.poll_allowed(cx)).min(buf.len()),
            None => buf.len(),
        };
        // A buffer is never vectored where there is a pace, so `buf` is all
        // hyper has.
        if allowed == buf.len() {
            this.link.left();
        }
        let written =
            ready!(Pin::new(&mut this.stream).poll_write(cx, &buf[..allowed]))?;
        if let Some(pace) = &mut this.pace {
            pace.spend(written);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.link.left();
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.pace.is_none() && self.stream.is_write_vectored()
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper flushes the socket only when its own buffer is empty.
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.link.left();
        self.link.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Writes in slices, each as long after the last as its bytes take.
struct Pace {
    per_second: u64,
    slice: usize,
    /// When everything written so far has gone through.
    free: Instant,
    sleep: Pin<Box<Sleep>>,
}

/// The timer's grain is a millisecond. What it oversleeps is caught up, but no
/// more than this, so that an idle connection does not save up for a burst.
const GRAIN: Duration = Duration::from_millis(10);

impl Pace {
    fn new(per_second: u64) -> Self {
        let per_second = per_second.max(1);
        let slice = u128::from(per_second) * GRAIN.as_millis() / 1000;
        let free = Instant::now();
        Self {
            per_second,
            slice: usize::try_from(slice.max(1)).unwrap_or(usize::MAX),
            free,
            sleep: Box::pin(sleep_until(free)),
        }
    }

    fn poll_allowed(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        if Instant::now() < self.free {
            self.sleep.as_mut().reset(self.free);
            ready!(self.sleep.as_mut().poll(cx));
        }
        Poll::Ready(self.slice)
    }

    fn spend(&mut self, bytes: usize) {
        let now = Instant::now();
        let earliest = now.checked_sub(GRAIN).unwrap_or(now);
        self.free = self.free.max(earliest)
            + Duration::from_secs_f64(bytes as f64 / self.per_second as f64);
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn small_writes_are_not_held_back() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener =
                TcpListener::bind("127.0.0.1:0").await.expect("loopback");
            let address = listener.local_addr().expect("bound");
            let _client = TcpStream::connect(address).await.expect("accepted");
            let (stream, _) = listener.accept().await.expect("connected");
            let wire =
                Wire::new(stream, Arc::default(), None).expect("connected");
            assert!(wire.stream.inner().nodelay().expect("connected"));
        });
    }
}
