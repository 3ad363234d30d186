// Behind a telegram, a visitor who waits has a turn.
// => failed whichever_poll_it_is_the_telegram_comes_first

use std::pin::pin;
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
    let mut visitors_come = true;
    'wire: loop {
        let mut telegram = pin!(wire.telegram());
        loop {
            tokio::select! {
                biased;
                telegram = &mut telegram => match telegram {
                    Some(telegram) => {
                        note(Event::Telegram(telegram));
                        if let Ok(visitor) = visitors.try_recv() {
                            note(Event::Visitor(visitor));
                        }
                        break;
                    }
                    None => break 'wire,
                },
                visitor = visitors.recv(), if visitors_come => match visitor {
                    Some(visitor) => note(Event::Visitor(visitor)),
                    None => visitors_come = false,
                },
            }
        }
    }
    while let Some(visitor) = visitors.recv().await {
        note(Event::Visitor(visitor));
    }
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
