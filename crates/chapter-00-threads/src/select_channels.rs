//! Many may receive from one channel, and select! waits for several.
//!
//! A lock around a receiver does neither: whoever waits for a value keeps the
//! lock.

// ANCHOR: program
use std::error::Error;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select, unbounded};
use tracing::{Span, info_span};

// ANCHOR: waiters
/// Has three waiters carry plates from one channel until it is closed.
pub fn waiters<P: Send>(plates: &Receiver<P>, carry: impl Fn(u32, P) + Sync) {
    thread::scope(|scope| {
        for waiter in 1..=3 {
            let (plates, carry) = (plates.clone(), &carry);
            scope.spawn(move || {
                plates.iter().for_each(|plate| carry(waiter, plate))
            });
        }
    });
}
// ANCHOR_END: waiters

// ANCHOR: lock
/// The same with the standard library's receiver, and a lock so that three can
/// have it.
pub fn waiters_with_a_lock<P: Send>(
    plates: &Mutex<mpsc::Receiver<P>>,
    carry: impl Fn(u32, P) + Sync,
) {
    thread::scope(|scope| {
        for waiter in 1..=3 {
            let carry = &carry;
            scope.spawn(move || {
                while let Ok(plate) =
                    plates.lock().expect("no waiter has panicked").recv()
                {
                    carry(waiter, plate);
                }
            });
        }
    });
}
// ANCHOR_END: lock

// ANCHOR: serve
/// Why a waiter stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All plates are carried, and no more will come.
    KitchenClosed,
    /// The bell rang, or nobody is left who could ring it.
    BellRang,
    /// No plate came for too long.
    NothingCame,
}

/// Carries plates until one of three things happens.
pub fn serve<P>(
    plates: &Receiver<P>,
    bell: &Receiver<()>,
    patience: Duration,
    mut carry: impl FnMut(P),
) -> Stopped {
    loop {
        select! {
            recv(plates) -> plate => match plate {
                Ok(plate) => carry(plate),
                Err(_) => return Stopped::KitchenClosed,
            },
            recv(bell) -> _ => return Stopped::BellRang,
            default(patience) => return Stopped::NothingCame,
        }
    }
}
// ANCHOR_END: serve

/// Has three waiters carry six plates with a lock and without, then stops a
/// waiter in three ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let carry = |_, plate: Span| {
        plate.in_scope(|| thread::sleep(Duration::from_millis(15)))
    };
    let cooked = || (1..=6).map(|plate| info_span!("plate", plate));

    let timeline =
        timeline::timeline("a lock around the receiver: one waiter at a time");
    let (pass, plates) = mpsc::channel();
    cooked().try_for_each(|plate| pass.send(plate))?;
    drop(pass);
    waiters_with_a_lock(&Mutex::new(plates), carry);
    timeline.draw();

    println!();
    let timeline = timeline::timeline("a receiver each: three at once");
    let (pass, plates) = unbounded();
    cooked().try_for_each(|plate| pass.send(plate))?;
    drop(pass);
    waiters(&plates, carry);
    timeline.draw();

    println!(
        "\nwhen a waiter stops who waits for plates, for a bell, and not too \
         long"
    );
    let ten_ms = Duration::from_millis(10);
    let stops = |plates: &Receiver<u32>, bell: &Receiver<()>| {
        let mut carried = 0;
        let stopped = serve(plates, bell, ten_ms, |_| carried += 1);
        println!("  after {carried} plates: {stopped:?}");
    };
    let (pass, plates) = unbounded();
    (1..=3).try_for_each(|plate| pass.send(plate))?;
    stops(&plates, &never());
    let (ring, bell) = unbounded();
    drop(ring);
    stops(&plates, &bell);
    drop(pass);
    stops(&plates, &never());
    Ok(())
}
// ANCHOR_END: program

/// A receiver of the standard library is not `Sync`: two threads may not
/// receive from one.
///
/// ```compile_fail,E0277
/// use std::sync::mpsc::Receiver;
/// use std::thread;
///
/// fn two_waiters(plates: &Receiver<u32>) {
///     thread::scope(|scope| {
///         scope.spawn(|| plates.recv());
///     });
/// }
/// ```
///
/// Crossbeam's is, and can be cloned:
///
/// ```
/// use crossbeam_channel::Receiver;
/// use std::thread;
///
/// fn two_waiters(plates: &Receiver<u32>) {
///     thread::scope(|scope| {
///         scope.spawn(|| plates.recv());
///     });
/// }
/// ```
#[cfg(doctest)]
struct Consumers;

#[cfg(test)]
mod tests;
