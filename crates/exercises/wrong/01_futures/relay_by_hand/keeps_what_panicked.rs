// Keeps a run that has panicked, and the runners, until the relay is dropped.
// => failed after_a_panic_it_panics_and_nobody_runs

use std::pin::Pin;
use std::task::{Context, Poll};

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

struct Relay {
    run: Option<Run>,
    runners: std::vec::IntoIter<Runner>,
    seconds: u32,
    over: bool,
}

impl Relay {
    fn new(runners: Vec<Runner>) -> Self {
        Relay { run: None, runners: runners.into_iter(), seconds: 0, over: false }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let relay = self.get_mut();
        assert!(!relay.over, "the relay is over");
        // Stays so if anything panics.
        relay.over = true;
        loop {
            if let Some(run) = &mut relay.run {
                let Poll::Ready(ended) = run.as_mut().poll(cx) else {
                    relay.over = false;
                    return Poll::Pending;
                };
                relay.run = None;
                match ended {
                    Ok(seconds) => relay.seconds += seconds,
                    Err(fell) => {
                        relay.runners = Vec::new().into_iter();
                        return Poll::Ready(Err(fell));
                    }
                }
            }
            match relay.runners.next() {
                Some(runner) => relay.run = Some(runner()),
                None => return Poll::Ready(Ok(relay.seconds)),
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
