// `select` of the futures crate, twice: it asks the left side first.

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
    use futures::future::{Either, select};
    let mut over = pin!(over);
    let mut words = Vec::new();
    loop {
        let (next, silence) = (pin!(word()), pin!(silence()));
        match select(select(next, over.as_mut()), silence).await {
            Either::Left((Either::Left((Some(word), _)), _)) => words.push(word),
            Either::Left((Either::Left((None, _)), _)) => return (words, End::SignedOff),
            Either::Left((Either::Right(_), _)) => return (words, End::WatchOver),
            Either::Right(_) => return (words, End::Silence),
        }
        if let Either::Left(_) = select(over.as_mut(), ready(())).await {
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
