// Another order of the same steps: the waker first, then the look.

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
        let mut state = self.state.lock().expect("no panic while it is locked");
        state.open = true;
        let waker = state.waker.take();
        // Whoever is woken may look at once.
        drop(state);
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
        let mut state = self.gate.state.lock().expect("no panic while it is locked");
        if !state.open {
            let old = state.waker.replace(cx.waker().clone());
            drop(state);
            drop(old);
            return Poll::Pending;
        }
        Poll::Ready(())
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
