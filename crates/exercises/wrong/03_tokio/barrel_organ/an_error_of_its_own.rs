// Makes an error anew, from the kind and the words of the roll's.
// => failed a_fault_of_the_roll_is_returned

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
            if self.bytes.len() >= 2 {
                let length = u16::from_be_bytes([self.bytes[0], self.bytes[1]]) as usize;
                if length > LONGEST {
                    return Err(ErrorKind::InvalidData.into());
                }
                if self.bytes.len() >= 2 + length {
                    let tune = self.bytes[2..2 + length].to_vec();
                    self.bytes.drain(..2 + length);
                    return Ok(Some(tune));
                }
            }
            let n = self
                .roll
                .read_buf(&mut self.bytes)
                .await
                .map_err(|e| io::Error::new(e.kind(), e.to_string()))?;
            if n == 0 {
                return if self.bytes.is_empty() {
                    Ok(None)
                } else {
                    Err(ErrorKind::UnexpectedEof.into())
                };
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
