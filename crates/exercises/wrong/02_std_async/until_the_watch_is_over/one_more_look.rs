// Asks for the word once more when it was silent for too long.
// => failed no_poll_that_nobody_asked_for

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
        let mut next = pin!(word());
        let mut silent = pin!(silence());
        let end = poll_fn(|cx| {
            match next.as_mut().poll(cx) {
                Poll::Ready(None) => return Poll::Ready(Some(End::SignedOff)),
                Poll::Ready(Some(word)) => {
                    words.push(word);
                    let over = over.as_mut().poll(cx).is_ready();
                    return Poll::Ready(over.then_some(End::WatchOver));
                }
                Poll::Pending => {}
            }
            if over.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Some(End::WatchOver));
            }
            if silent.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            Poll::Ready(match next.as_mut().poll(cx) {
                Poll::Pending => Some(End::Silence),
                Poll::Ready(None) => Some(End::SignedOff),
                Poll::Ready(Some(word)) => {
                    words.push(word);
                    None
                }
            })
        })
        .await;
        if let Some(end) = end {
            return (words, end);
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
