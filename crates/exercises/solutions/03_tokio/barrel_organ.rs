// A barrel organ plays from a roll of bytes, which comes in pieces, cut anywhere. A tune is its
// length in two bytes, the larger part first, and then so many notes, a byte each. It may have
// none. `next_tune` returns one tune after another:
// - A tune that has come is returned without waiting for more.
// - When the roll ends behind a tune, or has no tune at all, there is no more: `Ok(None)`.
// - When it ends within a tune, its length included, that is an error of kind `UnexpectedEof`.
// - A length above `LONGEST` is an error of kind `InvalidData`, as soon as the length has come.
// - An error of the roll itself is returned as it is.
// `next_tune` may be dropped while it waits, at any moment, and no byte is lost: the next call goes
// on. It starts no task. Only Tokio and `futures` are needed.
//
// How it is judged: the roll is cut at every byte, and at every two. Calls are dropped at each
// wait. Whoever waits is woken by the roll, and does not look at it again and again.
//
// Lesson: chapter-03 async-io

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
            if let Some((length, rest)) = self.bytes.split_first_chunk() {
                let length = usize::from(u16::from_be_bytes(*length));
                if length > LONGEST {
                    return Err(ErrorKind::InvalidData.into());
                }
                if let Some(tune) = rest.get(..length) {
                    let tune = tune.to_vec();
                    self.bytes.drain(..2 + length);
                    return Ok(Some(tune));
                }
            }
            // If it is dropped here, it has taken nothing.
            if self.roll.read_buf(&mut self.bytes).await? == 0 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::future::FutureExt;
    use std::collections::VecDeque;
    use std::io;
    use std::pin::{Pin, pin};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;
    use tokio::io::{AsyncRead, ReadBuf};
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// What comes of the roll next.
    enum Piece {
        Bytes(Vec<u8>),
        /// Nothing yet, but soon: whoever asks is woken at once.
        Soon,
        Broken(ErrorKind),
    }

    use Piece::{Broken, Bytes, Soon};

    /// What an error of the roll has inside.
    #[derive(Debug)]
    struct Inkblot;

    impl std::fmt::Display for Inkblot {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an inkblot on purpose")
        }
    }

    impl std::error::Error for Inkblot {}

    /// A roll in pieces. Its clones are the same roll.
    #[derive(Clone, Default)]
    struct Roll(Arc<Mutex<Reel>>);

    #[derive(Default)]
    struct Reel {
        pieces: VecDeque<Piece>,
        /// More may come after the pieces.
        open: bool,
        waiting: Option<Waker>,
    }

    impl Roll {
        fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
            let roll = Roll::default();
            roll.0.lock().expect("no panic").pieces.extend(pieces);
            roll
        }

        /// The same, but it does not end: more may come.
        fn open(self) -> Self {
            self.0.lock().expect("no panic").open = true;
            self
        }

        fn comes(&self, bytes: &[u8]) {
            let mut reel = self.0.lock().expect("no panic");
            reel.pieces.push_back(Bytes(bytes.to_vec()));
            let waiting = reel.waiting.take();
            drop(reel);
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    impl AsyncRead for Roll {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let mut reel = self.0.lock().expect("no panic");
            match reel.pieces.pop_front() {
                Some(Bytes(mut bytes)) => {
                    let rest = bytes.split_off(bytes.len().min(buffer.remaining()));
                    buffer.put_slice(&bytes);
                    if !rest.is_empty() {
                        reel.pieces.push_front(Bytes(rest));
                    }
                }
                Some(Soon) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Broken(kind)) => return Poll::Ready(Err(io::Error::new(kind, Inkblot))),
                None if reel.open => {
                    reel.waiting = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                None => {}
            }
            Poll::Ready(Ok(()))
        }
    }

    /// A tune as it is on the roll.
    fn punched(tune: &[u8]) -> Vec<u8> {
        [&(tune.len() as u16).to_be_bytes(), tune].concat()
    }

    /// Four tunes, one of them without a note, and the roll with all of them.
    fn concert() -> (Vec<Vec<u8>>, Vec<u8>) {
        let tunes = vec![vec![60, 64, 67], vec![], vec![0, 0, 1, 0], vec![255]];
        let roll = tunes.iter().flat_map(|tune| punched(tune)).collect();
        (tunes, roll)
    }

    /// All tunes of a roll, and how it ended. It never asks for more than 100.
    fn play(roll: Roll) -> (Vec<Vec<u8>>, Option<ErrorKind>) {
        within(LIMIT, move || {
            let (mut organ, mut tunes) = (Organ::new(roll), Vec::new());
            let end = block_on(async {
                for _ in 0..100 {
                    match organ.next_tune().await {
                        Ok(Some(tune)) => tunes.push(tune),
                        Ok(None) => return None,
                        Err(error) => return Some(error.kind()),
                    }
                }
                panic!("more than 100 tunes")
            });
            (tunes, end)
        })
    }

    /// The same, but whenever a call has to wait, it is dropped, and another one is made.
    fn play_in_calls(roll: Roll) -> (Vec<Vec<u8>>, Option<ErrorKind>) {
        within(LIMIT, move || {
            let (mut organ, mut tunes) = (Organ::new(roll), Vec::new());
            for _ in 0..100_000 {
                match organ.next_tune().now_or_never() {
                    None => {}
                    Some(Ok(Some(tune))) => tunes.push(tune),
                    Some(Ok(None)) => return (tunes, None),
                    Some(Err(error)) => return (tunes, Some(error.kind())),
                }
            }
            panic!("100,000 calls, and no end of the roll; tunes: {}", tunes.len())
        })
    }

    /// The roll in three pieces, between which one has to wait.
    fn cut(roll: &[u8], first: usize, second: usize) -> Roll {
        let [a, b, c] = [&roll[..first], &roll[first..second], &roll[second..]]
            .map(|piece| (!piece.is_empty()).then(|| Bytes(piece.to_vec())));
        Roll::new([a, Some(Soon), b, Some(Soon), c].into_iter().flatten())
    }

    #[test]
    fn a_roll_may_be_cut_at_any_byte() {
        let (tunes, roll) = concert();
        for second in 0..=roll.len() {
            for first in 0..=second {
                let played = play(cut(&roll, first, second));
                assert_eq!(played, (tunes.clone(), None), "cut before bytes {first} and {second}");
            }
        }
        let single = roll.iter().flat_map(|byte| [Soon, Bytes(vec![*byte])]);
        assert_eq!(play(Roll::new(single)), (tunes, None), "cut at every byte");
    }

    #[test]
    fn a_call_that_is_dropped_loses_nothing() {
        let (tunes, roll) = concert();
        for second in 0..=roll.len() {
            for first in 0..=second {
                let played = play_in_calls(cut(&roll, first, second));
                let dropped = format!("waited before bytes {first} and {second}, and was dropped");
                assert_eq!(played, (tunes.clone(), None), "{dropped}");
            }
        }
        let single = roll.iter().flat_map(|byte| [Soon, Bytes(vec![*byte])]);
        assert_eq!(play_in_calls(Roll::new(single)), (tunes, None), "dropped before every byte");
    }

    #[test]
    fn what_has_come_is_played_at_once() {
        within(LIMIT, || {
            let (tunes, roll) = concert();
            let mut organ = Organ::new(Roll::new([Bytes(roll)]).open());
            for tune in tunes {
                let played = organ.next_tune().now_or_never();
                let played = played.expect("it waits, though the tune has come");
                assert_eq!(
                    played.expect("no fault"),
                    Some(tune),
                    "the tunes of one piece, in order"
                );
            }
            assert!(organ.next_tune().now_or_never().is_none(), "the roll goes on: it has to wait");
        });
    }

    #[test]
    fn a_roll_that_ends_within_a_tune_is_torn() {
        let (tunes, roll) = concert();
        assert_eq!(play(Roll::new([])), (vec![], None), "a roll without a tune");
        // This byte alone says that the tune is too long, but the length has not come.
        let torn = (vec![], Some(ErrorKind::UnexpectedEof));
        assert_eq!(play(Roll::new([Bytes(vec![5])])), torn, "half of a length, and the end");
        let mut end = 0;
        for (nth, tune) in tunes.iter().enumerate() {
            let whole = (tunes[..nth].to_vec(), None);
            assert_eq!(play(Roll::new([Bytes(roll[..end].to_vec())])), whole, "ends behind a tune");
            for bytes in 1..2 + tune.len() {
                let torn = play(Roll::new([Bytes(roll[..end + bytes].to_vec())]));
                let expected = (tunes[..nth].to_vec(), Some(ErrorKind::UnexpectedEof));
                assert_eq!(torn, expected, "ends after {bytes} bytes of {}", 2 + tune.len());
            }
            end += 2 + tune.len();
        }
    }

    #[test]
    fn a_tune_has_a_longest_length() {
        let long: Vec<Vec<u8>> =
            [256, 258, 999, LONGEST].iter().map(|notes| vec![7; *notes]).collect();
        let roll: Vec<u8> = long.iter().flat_map(|tune| punched(tune)).collect();
        let pieces = roll.chunks(7).flat_map(|piece| [Soon, Bytes(piece.to_vec())]);
        assert_eq!(play(Roll::new(pieces)), (long.clone(), None), "tunes of 256 to 1000 notes");
        let pieces = roll.chunks(700).flat_map(|piece| [Soon, Bytes(piece.to_vec())]);
        assert_eq!(play_in_calls(Roll::new(pieces)), (long, None), "the same, in dropped calls");
        for length in [LONGEST + 1, 0x8003, 0xFFFF] {
            let refused = within(LIMIT, move || {
                let piece = [0, 1, 9].into_iter().chain((length as u16).to_be_bytes()).collect();
                let mut organ = Organ::new(Roll::new([Bytes(piece)]).open());
                let first = organ.next_tune().now_or_never().expect("the first tune has come");
                assert_eq!(first.expect("no fault"), Some(vec![9]), "the tune before");
                let second = organ.next_tune().now_or_never();
                second.map(|tune| tune.map_err(|error| error.kind()))
            });
            let said = format!("a length of {length} (`None`: it waits for the notes)");
            assert_eq!(refused, Some(Err(ErrorKind::InvalidData)), "{said}");
        }
    }

    #[test]
    fn a_fault_of_the_roll_is_returned() {
        let (tunes, roll) = concert();
        for kind in [ErrorKind::ConnectionReset, ErrorKind::Interrupted] {
            let begun = [&roll[..], &[0]].concat();
            let played = play(Roll::new([Bytes(begun), Soon, Broken(kind)]));
            assert_eq!(played, (tunes.clone(), Some(kind)), "the tunes, and the fault");
            // It is there together with the tunes.
            let played = play(Roll::new([Bytes(roll.clone()), Broken(kind)]));
            assert_eq!(played, (tunes.clone(), Some(kind)), "the tunes first, then the fault");
            let inside = within(LIMIT, move || {
                let mut organ = Organ::new(Roll::new([Broken(kind)]));
                let fault = organ.next_tune().now_or_never().expect("the fault is there");
                fault.expect_err("a fault").get_ref().is_some_and(|inside| inside.is::<Inkblot>())
            });
            assert!(inside, "the error is another one than that of the roll");
        }
    }

    #[test]
    fn the_roll_wakes_who_waits() {
        let (first, woken, tune) = within(LIMIT, || {
            let (roll, wakes) = (Roll::default().open(), Log::new());
            let noted = wakes.clone();
            let waker = exercises::hooked(|| (), move || noted.push("latest"));
            let noted = wakes.clone();
            let older = exercises::hooked(|| (), move || noted.push("older"));
            let mut organ = Organ::new(roll.clone());
            let mut next = pin!(organ.next_tune());
            for waker in [&older, &waker] {
                let poll = next.as_mut().poll(&mut Context::from_waker(waker));
                assert!(poll.is_pending(), "there was no tune yet");
            }
            let first = wakes.events();
            roll.comes(&[0, 1, 42]);
            let woken = wakes.events();
            let Poll::Ready(tune) = next.as_mut().poll(&mut Context::from_waker(&waker)) else {
                panic!("a tune has come, and it still waits");
            };
            (first, woken, tune.expect("no fault"))
        });
        assert!(first.is_empty(), "woken before anything came: it looks again and again");
        assert_eq!(woken, ["latest"], "who was woken when the tune came");
        assert_eq!(tune, Some(vec![42]), "the tune");
    }
}
