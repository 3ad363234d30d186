// Stops the whole listening when the watch is over: what was heard by then goes with it.
// => failed the_watch_is_over_whatever_is_said

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
    let mut listening = pin!(async {
        let mut words = Vec::new();
        loop {
            let (mut next, mut silence) = (pin!(word()), pin!(silence()));
            let heard = poll_fn(|cx| {
                if let Poll::Ready(word) = next.as_mut().poll(cx) {
                    return Poll::Ready(word.ok_or(End::SignedOff));
                }
                silence.as_mut().poll(cx).map(|()| Err(End::Silence))
            });
            match heard.await {
                Ok(word) => words.push(word),
                Err(end) => return (words, end),
            }
        }
    });
    poll_fn(|cx| {
        if let Poll::Ready(ended) = listening.as_mut().poll(cx) {
            return Poll::Ready(ended);
        }
        over.as_mut().poll(cx).map(|()| (Vec::new(), End::WatchOver))
    })
    .await
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
