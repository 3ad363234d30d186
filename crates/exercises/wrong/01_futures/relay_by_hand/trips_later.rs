// A run that panics when it is dropped does not end the relay.
// => failed after_a_panic_it_panics_and_nobody_runs

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
    run: Option<Run>,
    seconds: u32,
    over: bool,
}

impl Relay {
    fn new(mut runners: Vec<Runner>) -> Self {
        runners.reverse();
        Relay { runners, run: None, seconds: 0, over: false }
    }

    fn end(&mut self) {
        self.over = true;
        self.run = None;
        self.runners.clear();
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.over, "the relay is over");
        loop {
            if let Some(run) = &mut self.run {
                match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(cx))) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(Ok(seconds))) => {
                        self.run = None;
                        match self.seconds.checked_add(seconds) {
                            Some(sum) => self.seconds = sum,
                            None => {
                                self.end();
                                panic!("attempt to add with overflow");
                            }
                        }
                    }
                    Ok(Poll::Ready(Err(fell))) => {
                        self.run = None;
                        self.end();
                        return Poll::Ready(Err(fell));
                    }
                    Err(panic) => {
                        self.end();
                        resume_unwind(panic);
                    }
                }
            }
            let Some(runner) = self.runners.pop() else {
                self.end();
                return Poll::Ready(Ok(self.seconds));
            };
            match catch_unwind(AssertUnwindSafe(runner)) {
                Ok(run) => self.run = Some(run),
                Err(panic) => {
                    self.end();
                    resume_unwind(panic);
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

