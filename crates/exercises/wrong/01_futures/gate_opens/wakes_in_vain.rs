// Keeps the waker after its wake: a second `open` wakes the car again.
// => failed the_latest_waker_is_woken

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
        let waker = state.waker.clone();
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
        if state.open {
            return Poll::Ready(());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => state.waker = Some(cx.waker().clone()),
        }
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
