// A reversed list and `pop`; the enum says whether somebody runs.

use std::pin::Pin;
use std::task::{Context, Poll};

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

enum Now {
    Nobody,
    Runs(Run),
    Over,
}

struct Relay {
    now: Now,
    /// The next one is the last of them.
    runners: Vec<Runner>,
    seconds: u32,
}

impl Relay {
    fn new(mut runners: Vec<Runner>) -> Self {
        runners.reverse();
        Relay { now: Now::Nobody, runners, seconds: 0 }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // They come back if this has to wait, and are dropped if not, also by a panic.
        let mut runners = std::mem::take(&mut self.runners);
        loop {
            match std::mem::replace(&mut self.now, Now::Over) {
                Now::Over => panic!("there is no relay anymore"),
                Now::Nobody => match runners.pop() {
                    Some(runner) => self.now = Now::Runs(runner()),
                    None => return Poll::Ready(Ok(self.seconds)),
                },
                Now::Runs(mut run) => {
                    let polled = run.as_mut().poll(cx);
                    match polled {
                        Poll::Pending => {
                            self.now = Now::Runs(run);
                            self.runners = runners;
                            return Poll::Pending;
                        }
                        Poll::Ready(ended) => {
                            drop(run);
                            match ended {
                                Ok(more) => {
                                    self.seconds += more;
                                    self.now = Now::Nobody;
                                }
                                Err(fell) => return Poll::Ready(Err(fell)),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn main() {
    let runner = |name: &'static str, seconds: u32| -> Runner {
        Box::new(move || {
            let mut left = 2;
            println!("{name} sets off");
            Box::pin(std::future::poll_fn(move |cx| {
                left -= 1;
                if left > 0 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(if seconds > 0 { Ok(seconds) } else { Err(Fell(name)) })
            }))
        })
    };
    witness::within(std::time::Duration::from_secs(5), move || {
        let good = Relay::new(vec![runner("Ada", 61), runner("Grace", 58)]);
        println!("{:?}", futures::executor::block_on(good));
        let bad = Relay::new(vec![runner("Ada", 60), runner("Alan", 0), runner("Grace", 57)]);
        println!("{:?}", futures::executor::block_on(bad));
    });
}
