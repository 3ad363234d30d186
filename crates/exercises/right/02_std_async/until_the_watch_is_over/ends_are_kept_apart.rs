// Notes first what happened in a poll, and decides afterward.

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
    let mut is_over = false;
    while !is_over {
        let (mut next, mut silence) = (pin!(word()), pin!(silence()));
        let mut heard = None;
        let is_silent = poll_fn(|cx| {
            if let Poll::Ready(word) = next.as_mut().poll(cx) {
                heard = Some(word);
            }
            // A word that signs off needs no more looks; all others do.
            is_over = !matches!(heard, Some(None)) && over.as_mut().poll(cx).is_ready();
            if heard.is_some() || is_over {
                return Poll::Ready(false);
            }
            silence.as_mut().poll(cx).map(|()| true)
        })
        .await;
        match heard {
            Some(Some(word)) => words.push(word),
            Some(None) => return (words, End::SignedOff),
            None if is_silent => return (words, End::Silence),
            None => {}
        }
    }
    (words, End::WatchOver)
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
