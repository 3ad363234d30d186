// Takes a piece for a tune.
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
        let mut piece = vec![0; 2 + LONGEST];
        let length = self.roll.read(&mut piece).await?;
        match length {
            0 => Ok(None),
            1 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(Some(piece[2..length].to_vec())),
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
