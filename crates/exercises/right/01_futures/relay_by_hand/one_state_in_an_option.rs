// A state is taken out for each poll, and put back if it must wait.

use std::pin::Pin;
use std::task::{Context, Poll};

use std::collections::VecDeque;

/// A run, in seconds, or a fall.
type Run = Pin<Box<dyn Future<Output = Result<u32, Fell>>>>;

/// Sets off when it is called.
type Runner = Box<dyn FnOnce() -> Run>;

#[derive(Debug, PartialEq)]
struct Fell(&'static str);

struct Relay(Option<State>);

struct State {
    seconds: u32,
    run: Option<Run>,
    runners: VecDeque<Runner>,
}

impl Relay {
    fn new(runners: Vec<Runner>) -> Self {
        Relay(Some(State { seconds: 0, run: None, runners: runners.into() }))
    }
}

impl State {
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<Result<u32, Fell>> {
        loop {
            if let Some(run) = &mut self.run {
                let polled = run.as_mut().poll(cx);
                if polled.is_ready() {
                    self.run = None;
                }
                match polled {
                    Poll::Ready(Ok(more)) => self.seconds += more,
                    other => return other,
                }
            }
            match self.runners.pop_front() {
                Some(runner) => self.run = Some(runner()),
                None => return Poll::Ready(Ok(self.seconds)),
            }
        }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.take().expect("polled after its end, or after a panic");
        let polled = state.step(cx);
        if polled.is_pending() {
            self.0 = Some(state);
        }
        polled
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
