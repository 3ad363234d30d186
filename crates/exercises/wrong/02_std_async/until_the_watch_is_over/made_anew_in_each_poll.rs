// Asks for the word anew in each poll: what a word was waiting for is lost.
// => failed all_words_are_heard_until_the_boat_signs_off

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
    let mut quiet = Box::pin(silence());
    poll_fn(|cx| {
        loop {
            match pin!(word()).poll(cx) {
                Poll::Ready(Some(word)) => words.push(word),
                Poll::Ready(None) => return Poll::Ready(End::SignedOff),
                Poll::Pending => break,
            }
            quiet = Box::pin(silence());
            if over.as_mut().poll(cx).is_ready() {
                return Poll::Ready(End::WatchOver);
            }
        }
        if over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::WatchOver);
        }
        quiet.as_mut().poll(cx).map(|()| End::Silence)
    })
    .await;
    (words, End::Silence)
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
