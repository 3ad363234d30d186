// Asks for the end of the watch only when there is no word: a flood of words has no end.
// => failed a_flood_of_words_ends_with_the_watch

use std::future::{pending, poll_fn, ready};
use std::pin::pin;
use std::task::Poll;

#[derive(Debug, PartialEq)]
enum End {
    /// The boat has said that it is done.
    SignedOff,
    /// There was no word for too long.
    Silence,
    /// It was time to go home.
    WatchOver,
}

async fn listen<W>(
    mut word: impl AsyncFnMut() -> Option<W>,
    silence: impl AsyncFn(),
    over: impl Future<Output = ()>,
) -> (Vec<W>, End) {
    let mut over = pin!(over);
    let mut words = Vec::new();
    loop {
        let heard = {
            let (mut next, mut silence) = (pin!(word()), pin!(silence()));
            poll_fn(|cx| {
                if let Poll::Ready(word) = next.as_mut().poll(cx) {
                    return Poll::Ready(word.ok_or(End::SignedOff));
                }
                if over.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(End::WatchOver));
                }
                silence.as_mut().poll(cx).map(|()| Err(End::Silence))
            })
            .await
        };
        match heard {
            Ok(word) => words.push(word),
            Err(end) => return (words, end),
        }
    }
}

fn main() {
    let mut words = ["mayday", "out of fuel"].into_iter();
    let word = async move || match words.next() {
        Some(word) => Some(word),
        None => pending().await,
    };
    let listening =
        move || futures::executor::block_on(listen(word, async || ready(()).await, pending()));
    println!("{:?}", witness::within(std::time::Duration::from_secs(5), listening));
}
