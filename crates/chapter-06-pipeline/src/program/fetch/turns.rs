//! Connections that take turns.
//!
//! hyper reads from a connection for as long as bytes are there, in one poll of
//! its task. What is no part of a body has no bound in it: the zeros before a
//! chunk's length, the spaces behind. A server that sends those faster than
//! they are read would keep the runtime's thread to itself, and no timeout
//! would be looked at. Tokio's budget counts reads, but hyper's bring up to 400
//! KiB.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that a connection may read before it is the others' turn.
const TURN: usize = 64 << 10;

/// Bytes that are read at once.
const AT_ONCE: usize = 32 << 10;

/// A connection that lets the others have their turn.
#[derive(Debug)]
pub(super) struct InTurns<S> {
    connection: S,
    /// Bytes that were read in this turn.
    read: usize,
}

impl<S> InTurns<S> {
    pub(super) fn new(connection: S) -> Self {
        InTurns { connection, read: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for InTurns<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read >= TURN {
            self.read = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let connection = Pin::new(&mut self.connection);
        let read = if buffer.remaining() <= AT_ONCE {
            connection.poll_read(context, buffer)
        } else {
            let mut piece =
                ReadBuf::new(buffer.initialize_unfilled_to(AT_ONCE));
            let read = connection.poll_read(context, &mut piece);
            let length = piece.filled().len();
            buffer.advance(length);
            read
        };
        self.read = match read {
            Poll::Ready(_) => self.read + buffer.filled().len() - before,
            // The turn is over anyway.
            Poll::Pending => 0,
        };
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for InTurns<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }
}

impl<S: Connection> Connection for InTurns<TokioIo<S>> {
    fn connected(&self) -> Connected {
        self.connection.inner().connected()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::task::noop_waker_ref;

    #[test]
    fn a_turn_ends_although_there_is_more_to_read() {
        let mut endless = InTurns::new(tokio::io::repeat(b'0'));
        let mut context = Context::from_waker(noop_waker_ref());
        for _ in 0..3 {
            let mut read = 0;
            loop {
                let mut bytes = vec![0; 4 * TURN];
                let mut buffer = ReadBuf::new(&mut bytes);
                let connection = Pin::new(&mut endless);
                if connection.poll_read(&mut context, &mut buffer).is_pending()
                {
                    break;
                }
                read += buffer.filled().len();
                assert!(read <= TURN, "{read} bytes in one turn");
            }
            assert_eq!(read, TURN);
        }
    }
}
