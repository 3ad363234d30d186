//! A response's body as a list of steps: every fault that lives in a body is a
//! short list.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Frame;
use tokio::time::{Sleep, sleep};

use crate::counts::{Counters, InFlight};
use crate::wire::Link;

/// The next step of a body.
pub(crate) enum Step {
    /// Sends these bytes at once.
    Send(Bytes),
    /// Sends the bytes a number of times; with `None`, forever.
    Repeat(Bytes, Option<u64>),
    /// Sends the bytes in pieces of this size, with this pause between two.
    Drip(Bytes, usize, Duration),
    /// Waits until all that was sent is in the socket.
    Flush,
    /// Ends the connection in order.
    Cut,
    /// Ends the connection with a reset.
    Reset,
}

/// A body under way. It counts its bytes and ends its request.
pub(crate) struct Body {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    link: Arc<Link>,
    counters: Arc<Counters>,
    request: Option<InFlight>,
}

impl Body {
    pub(crate) fn new(
        steps: Vec<Step>,
        link: Arc<Link>,
        counters: Arc<Counters>,
        request: InFlight,
    ) -> Self {
        Self {
            steps: steps.into(),
            sleep: None,
            link,
            counters,
            request: Some(request),
        }
    }

    fn poll_step(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
            let Some(step) = self.steps.front_mut() else {
                return Poll::Ready(None);
            };
            match step {
                Step::Send(bytes) => {
                    let bytes = std::mem::take(bytes);
                    self.steps.pop_front();
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Step::Repeat(_, Some(0)) => drop(self.steps.pop_front()),
                Step::Repeat(bytes, times) => {
                    if let Some(times) = times {
                        *times -= 1;
                    }
                    return Poll::Ready(Some(Ok(bytes.clone())));
                }
                Step::Drip(rest, piece, every) => {
                    let now = rest.split_to((*piece).max(1).min(rest.len()));
                    if rest.is_empty() {
                        self.steps.pop_front();
                    } else {
                        self.sleep = Some(Box::pin(sleep(*every)));
                    }
                    if !now.is_empty() {
                        return Poll::Ready(Some(Ok(now)));
                    }
                }
                Step::Flush => {
                    ready!(self.link.poll_flushed(cx));
                    self.steps.pop_front();
                }
                Step::Cut => {
                    return Poll::Ready(Some(Err(
                        io::ErrorKind::UnexpectedEof.into(),
                    )));
                }
                Step::Reset => {
                    self.link.reset();
                    return Poll::Ready(Some(Err(
                        io::ErrorKind::ConnectionReset.into(),
                    )));
                }
            }
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let step = ready!(self.poll_step(cx));
        if let Some(Ok(bytes)) = &step {
            self.counters.sent(bytes.len());
        }
        Poll::Ready(step.map(|result| result.map(Frame::data)))
    }

    /// Known at once for a plain page, so that hyper writes its head, its body
    /// and its end together.
    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            self.link.leave(request);
        }
    }
}
