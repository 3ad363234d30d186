// Wake_by_ref and then dropped; swap out the whole state.

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
        let before = std::mem::replace(
            &mut *self.state.lock().unwrap(),
            State { open: true, waker: None },
        );
        if let State { waker: Some(waker), .. } = &before {
            waker.wake_by_ref();
        }
    }

    fn is_open(&self) -> bool {
        self.state.lock().expect("no panic while it is locked").open
    }
}

impl Future for Crossing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.gate.state.lock().unwrap();
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
