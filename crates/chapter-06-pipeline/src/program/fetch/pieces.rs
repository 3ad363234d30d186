//! A body that is read while it comes.

use std::io::{self, Read};

use tokio::sync::mpsc;

/// Where a body goes, piece by piece.
pub type Pieces = mpsc::Sender<Vec<u8>>;

/// Pieces that wait to be read.
const WAITING: usize = 4;

/// Reads a body that comes in pieces, and waits for each: not on a thread of
/// the runtime.
pub struct PieceReader {
    pieces: mpsc::Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
}

/// The two ends of a body.
pub(super) fn pieces() -> (Pieces, PieceReader) {
    let (to, pieces) = mpsc::channel(WAITING);
    (to, PieceReader { pieces, piece: Vec::new(), read: 0 })
}

impl Read for PieceReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            let Some(piece) = self.pieces.blocking_recv() else { return Ok(0) };
            (self.piece, self.read) = (piece, 0);
        }
        let length = to.len().min(self.piece.len() - self.read);
        to[..length]
            .copy_from_slice(&self.piece[self.read..self.read + length]);
        self.read += length;
        Ok(length)
    }
}
