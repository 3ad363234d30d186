// All runners set off in the first poll: this is no relay.
// => failed three_runners_run_one_after_the_other

use std::pin::Pin;
use std::task::{Context, Poll};

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

struct Relay {
    runners: Vec<Runner>,
    runs: Vec<Run>,
    seconds: u32,
    over: bool,
}

impl Relay {
    fn new(runners: Vec<Runner>) -> Self {
        Relay { runners, runs: Vec::new(), seconds: 0, over: false }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.over, "polled after its end");
        let runners = std::mem::take(&mut self.runners);
        self.runs.extend(runners.into_iter().map(|runner| runner()));
        let mut left = Vec::new();
        for mut run in std::mem::take(&mut self.runs) {
            match run.as_mut().poll(cx) {
                Poll::Pending => left.push(run),
                Poll::Ready(Ok(more)) => self.seconds += more,
                Poll::Ready(Err(fell)) => {
                    self.over = true;
                    return Poll::Ready(Err(fell));
                }
            }
        }
        self.over = left.is_empty();
        self.runs = left;
        if self.over { Poll::Ready(Ok(self.seconds)) } else { Poll::Pending }
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
