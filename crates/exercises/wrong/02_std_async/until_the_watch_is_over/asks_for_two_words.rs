// After a word that was waited for it asks for the next, and then for the end of the watch.
// => failed a_word_comes_before_all_else

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
    let mut paused = false;
    loop {
        let mut waited = false;
        let skip = paused;
        let next = {
            let mut word = pin!(word());
            let mut silence = pin!(silence());
            poll_fn(|cx| {
                if let Poll::Ready(word) = word.as_mut().poll(cx) {
                    return Poll::Ready(Ok(word));
                }
                waited = true;
                if over.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(End::WatchOver));
                }
                silence.as_mut().poll(cx).map(|()| Err(End::Silence))
            })
            .await
        };
        paused = waited;
        match next {
            Ok(Some(word)) => words.push(word),
            Ok(None) => return (words, End::SignedOff),
            Err(end) => return (words, end),
        }
        // After a pause it has been asked a moment ago.
        if !paused || skip {
            let asked = poll_fn(|cx| Poll::Ready(over.as_mut().poll(cx).is_ready())).await;
            if asked {
                return (words, End::WatchOver);
            }
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
