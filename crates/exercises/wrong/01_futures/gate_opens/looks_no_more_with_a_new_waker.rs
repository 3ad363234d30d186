// A car that has waited puts its new waker there without another look.
// => failed a_gate_that_opens_while_the_waker_is_kept_wakes_it

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct Gate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Whom to tell: whoever polled last.
    waker: Option<Waker>,
}

struct Crossing {
    gate: Arc<Gate>,
}

impl Gate {
    fn open(&self) {
        let waker = {
            let mut state = self.state.lock().unwrap();
            state.open = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_open(&self) -> bool {
        self.state.lock().expect("no panic while it is locked").open
    }
}

impl Future for Crossing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waits = {
            let state = self.gate.state.lock().unwrap();
            if state.open {
                return Poll::Ready(());
            }
            if state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                return Poll::Pending;
            }
            state.waker.is_some()
        };
        let waker = cx.waker().clone();
        let mut state = self.gate.state.lock().unwrap();
        if !waits && state.open {
            return Poll::Ready(());
        }
        let old = state.waker.replace(waker);
        drop(state);
        drop(old);
        Poll::Pending
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let gate = Arc::new(Gate::default());
        let crossing = Crossing { gate: Arc::clone(&gate) };
        std::thread::spawn(move || gate.open());
        futures::executor::block_on(crossing);
        println!("the car is across");
    });
}
