// Reads all notes with one read, which may bring fewer.
// => failed a_roll_may_be_cut_at_any_byte

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
        let mut length = [0; 2];
        if self.roll.read(&mut length[..1]).await? == 0 {
            return Ok(None);
        }
        self.roll.read_exact(&mut length[1..]).await?;
        let length = usize::from(u16::from_be_bytes(length));
        if length > LONGEST {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut tune = vec![0; length];
        let read = self.roll.read(&mut tune).await?;
        tune.truncate(read);
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
