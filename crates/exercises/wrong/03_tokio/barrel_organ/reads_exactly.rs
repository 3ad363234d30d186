// Reads the length and then the notes: whoever drops it in between loses what was read.
// => failed a_call_that_is_dropped_loses_nothing

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
        let mut first = [0];
        if self.roll.read(&mut first).await? == 0 {
            return Ok(None);
        }
        let length = usize::from(u16::from_be_bytes([first[0], self.roll.read_u8().await?]));
        if length > LONGEST {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut tune = vec![0; length];
        self.roll.read_exact(&mut tune).await?;
        Ok(Some(tune))
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
