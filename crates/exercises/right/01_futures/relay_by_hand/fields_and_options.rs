// A struct: what is there says where it stands.

use std::pin::Pin;
use std::task::{Context, Poll};

use std::vec::IntoIter;

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

struct Relay {
    run: Option<Run>,
    seconds: u32,
    /// `None` at the end, and during a poll.
    runners: Option<IntoIter<Runner>>,
}

impl Relay {
    fn new(runners: Vec<Runner>) -> Self {
        Relay { run: None, seconds: 0, runners: Some(runners.into_iter()) }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut runners = self.runners.take().expect("polled after its end");
        let mut run = self.run.take();
        loop {
            if run.is_none() {
                let Some(runner) = runners.next() else { return Poll::Ready(Ok(self.seconds)) };
                run = Some(runner());
            }
            let Some(Poll::Ready(ended)) = run.as_mut().map(|run| run.as_mut().poll(cx)) else {
                (self.run, self.runners) = (run, Some(runners));
                return Poll::Pending;
            };
            run = None;
            match ended {
                Ok(more) => self.seconds += more,
                Err(fell) => return Poll::Ready(Err(fell)),
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
