// Wakes with the lock in hand: who is woken looks at the gate, and waits for the lock forever.
// => failed the_gate_is_open_and_not_locked_when_it_wakes

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
        if let Some(waker) = state.waker.take() {
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
        state.waker = Some(cx.waker().clone());
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
