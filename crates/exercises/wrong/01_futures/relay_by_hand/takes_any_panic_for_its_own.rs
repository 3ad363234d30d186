// Ends the relay when its thread panics, whoever it is that panics.
// => failed a_panic_that_is_not_its_own_does_not_end_it

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

    fn end(&mut self) {
        self.over = true;
        self.run = None;
        self.runners = Vec::new().into_iter();
    }
}

/// Ends the relay if it is dropped by a panic.
struct Watch<'a>(&'a mut Relay);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.end();
        }
    }
}

impl Future for Relay {
    type Output = Result<u32, Fell>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let relay = self.get_mut();
        assert!(!relay.over, "the relay is over");
        loop {
            if relay.run.is_none() {
                let watch = Watch(relay);
                match watch.0.runners.next() {
                    Some(runner) => watch.0.run = Some(runner()),
                    None => {
                        watch.0.end();
                        return Poll::Ready(Ok(watch.0.seconds));
                    }
                }
            }
            let polled = {
                let watch = Watch(relay);
                match &mut watch.0.run {
                    Some(run) => run.as_mut().poll(cx),
                    None => return Poll::Pending,
                }
            };
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(seconds)) => {
                    relay.run = None;
                    relay.seconds += seconds;
                }
                Poll::Ready(Err(fell)) => {
                    relay.end();
                    return Poll::Ready(Err(fell));
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
