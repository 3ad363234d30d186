// Keeps the silence of each word until the end.
// => failed each_future_is_made_once_and_nothing_is_left

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
    let mut silences = Vec::new();
    loop {
        let heard = {
            let mut next = pin!(word());
            silences.push(Box::pin(silence()));
            let latest = silences.last_mut().expect("it was just pushed");
            poll_fn(|cx| {
                if let Poll::Ready(word) = next.as_mut().poll(cx) {
                    return Poll::Ready(word.ok_or(End::SignedOff));
                }
                if over.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(End::WatchOver));
                }
                latest.as_mut().poll(cx).map(|()| Err(End::Silence))
            })
            .await
        };
        match heard {
            Ok(word) => words.push(word),
            Err(end) => return (words, end),
        }

        // The next word may be there already, and the one after it: somebody has to look.
        if poll_fn(|cx| Poll::Ready(over.as_mut().poll(cx).is_ready())).await {
            return (words, End::WatchOver);
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
