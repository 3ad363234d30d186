// Both are streams, which are asked in turn by a `poll_fn`.

use tokio::sync::mpsc;

trait Wire {
    /// Waits for all words of the next telegram. `None`: no more will come.
    async fn telegram(&mut self) -> Option<String>;
}

#[derive(Debug, PartialEq)]
enum Event {
    Telegram(String),
    Visitor(&'static str),
}

async fn clerk(
    wire: &mut impl Wire,
    visitors: &mut mpsc::Receiver<&'static str>,
    mut note: impl FnMut(Event),
) {
    use futures::StreamExt;
    use std::task::Poll;
    let telegrams =
        futures::stream::unfold(wire, async |wire| Some((wire.telegram().await?, wire)));
    let mut telegrams = std::pin::pin!(telegrams.fuse());
    let mut visitors_come = true;
    std::future::poll_fn(|cx| {
        let telegrams_come = loop {
            match telegrams.poll_next_unpin(cx) {
                Poll::Ready(Some(telegram)) => note(Event::Telegram(telegram)),
                Poll::Ready(None) => break false,
                Poll::Pending => break true,
            }
        };
        while visitors_come {
            match visitors.poll_recv(cx) {
                Poll::Ready(Some(visitor)) => note(Event::Visitor(visitor)),
                Poll::Ready(None) => visitors_come = false,
                Poll::Pending => break,
            }
        }
        if telegrams_come || visitors_come { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// A wire with words that have come already.
struct Words(std::vec::IntoIter<&'static str>);

impl Wire for Words {
    async fn telegram(&mut self) -> Option<String> {
        let mut telegram = self.0.next()?.to_owned();
        for word in self.0.by_ref() {
            tokio::task::yield_now().await;
            if word == "STOP" {
                break;
            }
            telegram = telegram + " " + word;
        }
        Some(telegram)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn work() {
    let words = ["arrive", "on", "friday", "STOP", "bring", "cake", "STOP"];
    let (counter, mut visitors) = mpsc::channel(2);
    let opening = async move {
        for visitor in ["a hiker", "a child"] {
            tokio::task::yield_now().await;
            let _ = counter.send(visitor).await;
        }
    };
    let mut wire = Words(Vec::from(words).into_iter());
    let clerk = clerk(&mut wire, &mut visitors, |event| println!("{event:?}"));
    tokio::join!(clerk, opening);
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), work);
}
