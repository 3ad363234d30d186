// A loop in `poll_fn`, with a `VecDeque`.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// The most notes of a tune.
const LONGEST: usize = 1000;

struct Organ<R> {
    roll: R,
    /// Bytes that have come and belong to no tune that was returned.
    bytes: VecDeque<u8>,
}

impl<R: AsyncRead + Unpin> Organ<R> {
    fn new(roll: R) -> Self {
        Organ { roll, bytes: VecDeque::new() }
    }

    async fn next_tune(&mut self) -> io::Result<Option<Vec<u8>>> {
        poll_fn(|cx| {
            loop {
                if let Some(tune) = self.cut().transpose() {
                    return Poll::Ready(tune.map(Some));
                }
                let mut room = [0; 16];
                let mut buffer = ReadBuf::new(&mut room);
                ready!(Pin::new(&mut self.roll).poll_read(cx, &mut buffer))?;
                if buffer.filled().is_empty() {
                    let torn = !self.bytes.is_empty();
                    let end = if torn { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(None) };
                    return Poll::Ready(end);
                }
                self.bytes.extend(buffer.filled());
            }
        })
        .await
    }

    /// Cuts a whole tune off what has come.
    fn cut(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (Some(high), Some(low)) = (self.bytes.front(), self.bytes.get(1)) else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length > LONGEST {
            return Err(ErrorKind::InvalidData.into());
        }
        if self.bytes.len() < 2 + length {
            return Ok(None);
        }
        Ok(Some(self.bytes.drain(..2 + length).skip(2).collect()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let roll: &[u8] = &[0, 3, 60, 64, 67, 0, 0, 0, 2, 72, 60];
    // An answer that never says that there is no more comes to its end, too.
    let mut organ = Organ::new(roll);
    for _ in 0..1000 {
        match organ.next_tune().await {
            Ok(Some(tune)) => println!("plays {tune:?}"),
            end => return println!("{end:?}"),
        }
    }
}
