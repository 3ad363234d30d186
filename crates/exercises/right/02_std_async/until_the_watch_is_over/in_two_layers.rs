// A function that waits for one word, and two limits around it, one inside the other.

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
    /// The output of `work`, or `None` if `limit` was ready and `work` was not.
    async fn before<T>(
        limit: impl Future<Output = ()>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let (mut limit, mut work) = (pin!(limit), pin!(work));
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => limit.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    let mut over = pin!(over);
    let mut words = Vec::new();
    loop {
        let in_watch = before(over.as_mut(), word());
        match before(silence(), async { in_watch.await.ok_or(End::WatchOver) }).await {
            None => return (words, End::Silence),
            Some(Err(end)) => return (words, end),
            Some(Ok(None)) => return (words, End::SignedOff),
            Some(Ok(Some(word))) => words.push(word),
        }
        if before(ready(()), over.as_mut()).await.is_some() {
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
