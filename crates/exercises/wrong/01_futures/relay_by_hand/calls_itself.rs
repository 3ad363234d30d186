// Polls itself for the next runner: many of them need more stack than there is.
// => failed many_runners_who_need_not_wait_take_one_poll

use std::pin::Pin;
use std::task::{Context, Poll};

use std::mem;
use std::vec::IntoIter;

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

enum Relay {
    Next { seconds: u32, runners: IntoIter<Runner> },
    Runs { run: Run, seconds: u32, runners: IntoIter<Runner> },
    Over,
}

impl Relay {
    fn new(runners: Vec<Runner>) -> Self {
        Relay::Next { seconds: 0, runners: runners.into_iter() }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match mem::replace(&mut *self, Relay::Over) {
            Relay::Next { seconds, mut runners } => match runners.next() {
                None => Poll::Ready(Ok(seconds)),
                Some(runner) => {
                    *self = Relay::Runs { run: runner(), seconds, runners };
                    self.poll(cx)
                }
            },
            Relay::Runs { mut run, seconds, runners } => {
                let polled = run.as_mut().poll(cx);
                match polled {
                    Poll::Pending => {
                        *self = Relay::Runs { run, seconds, runners };
                        Poll::Pending
                    }
                    Poll::Ready(Ok(more)) => {
                        drop(run);
                        *self = Relay::Next { seconds: seconds + more, runners };
                        self.poll(cx)
                    }
                    Poll::Ready(Err(fell)) => {
                        drop(run);
                        Poll::Ready(Err(fell))
                    }
                }
            }
            Relay::Over => panic!("polled after its end"),
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
