// `tokio::select!`, in the order in which it is written.

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
        tokio::select! {
            biased;
            heard = word() => match heard {
                Some(word) => words.push(word),
                None => return (words, End::SignedOff),
            },
            () = &mut over => return (words, End::WatchOver),
            () = silence() => return (words, End::Silence),
        }
        if futures::FutureExt::now_or_never(&mut over).is_some() {
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
