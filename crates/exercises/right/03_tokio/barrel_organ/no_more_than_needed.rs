// Reads no byte more than the tune has.

use std::io::{self, ErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The most notes of a tune.
const LONGEST: usize = 1000;

struct Organ<R> {
    roll: R,
    /// Bytes that have come and belong to no tune that was returned.
    bytes: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Organ<R> {
    fn new(roll: R) -> Self {
        Organ { roll, bytes: Vec::new() }
    }

    async fn next_tune(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let needed = match self.bytes[..] {
                [high, low, ..] => 2 + usize::from(high) * 256 + usize::from(low),
                _ => 2,
            };
            if needed > 2 + LONGEST {
                return Err(io::Error::new(ErrorKind::InvalidData, "this tune is too long"));
            }
            if self.bytes.len() >= 2 && self.bytes.len() == needed {
                return Ok(Some(std::mem::take(&mut self.bytes).split_off(2)));
            }
            let missing = (needed - self.bytes.len()) as u64;
            let mut take = (&mut self.roll).take(missing);
            if take.read_buf(&mut self.bytes).await? == 0 {
                let torn = io::Error::new(ErrorKind::UnexpectedEof, "the roll is torn");
                return if self.bytes.is_empty() { Ok(None) } else { Err(torn) };
            }
        }
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
