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

// ANCHOR: ushers
/// Has three ushers seat guests from one channel until it is closed.
pub fn ushers<G: Send>(guests: &Receiver<G>, seat: impl Fn(u32, G) + Sync) {
    thread::scope(|scope| {
        for usher in 1..=3 {
            let (guests, seat) = (guests.clone(), &seat);
            scope.spawn(move || {
                guests.iter().for_each(|guest| seat(usher, guest))
            });
        }
    });
}
// ANCHOR_END: ushers

// ANCHOR: lock
/// The same with the standard library's receiver, and a lock so that three can
/// have it.
pub fn ushers_with_a_lock<G: Send>(
    guests: &Mutex<mpsc::Receiver<G>>,
    seat: impl Fn(u32, G) + Sync,
) {
    thread::scope(|scope| {
        for usher in 1..=3 {
            let seat = &seat;
            scope.spawn(move || {
                while let Ok(guest) =
                    guests.lock().expect("no usher has panicked").recv()
                {
                    seat(usher, guest);
                }
            });
        }
    });
}
// ANCHOR_END: lock

// ANCHOR: usher
/// Why an usher stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All guests are seated, and no more will come.
    DoorsClosed,
    /// The bell rang, or nobody is left who could ring it.
    BellRang,
    /// No guest came for too long.
    NobodyCame,
}

/// Seats guests until one of three things happens.
pub fn usher<G>(
    guests: &Receiver<G>,
    bell: &Receiver<()>,
    patience: Duration,
    mut seat: impl FnMut(G),
) -> Stopped {
    loop {
        select! {
            recv(guests) -> guest => match guest {
                Ok(guest) => seat(guest),
                Err(_) => return Stopped::DoorsClosed,
            },
            recv(bell) -> _ => return Stopped::BellRang,
            default(patience) => return Stopped::NobodyCame,
        }
    }
}
// ANCHOR_END: usher

/// Has three ushers seat six guests with a lock and without, then stops an
/// usher in three ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let seat = |_, guest: Span| {
        guest.in_scope(|| thread::sleep(Duration::from_millis(15)))
    };
    let entered = || (1..=6).map(|number| info_span!("guest", number));

    let timeline =
        timeline::timeline("a lock around the receiver: one usher at a time");
    let (foyer, guests) = mpsc::channel();
    entered().try_for_each(|guest| foyer.send(guest))?;
    drop(foyer);
    ushers_with_a_lock(&Mutex::new(guests), seat);
    timeline.draw();

    println!();
    let timeline = timeline::timeline("a receiver each: three at once");
    let (foyer, guests) = unbounded();
    entered().try_for_each(|guest| foyer.send(guest))?;
    drop(foyer);
    ushers(&guests, seat);
    timeline.draw();

    println!(
        "\nwhen an usher stops who waits for guests, for a bell, and not too \
         long"
    );
    let ten_ms = Duration::from_millis(10);
    let stops = |guests: &Receiver<u32>, bell: &Receiver<()>| {
        let mut seated = 0;
        let stopped = usher(guests, bell, ten_ms, |_| seated += 1);
        println!("  after {seated} guests: {stopped:?}");
    };
    let (foyer, guests) = unbounded();
    (1..=3).try_for_each(|guest| foyer.send(guest))?;
    stops(&guests, &never());
    let (ring, bell) = unbounded();
    drop(ring);
    stops(&guests, &bell);
    drop(foyer);
    stops(&guests, &never());
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
/// fn two_ushers(guests: &Receiver<u32>) {
///     thread::scope(|scope| {
///         scope.spawn(|| guests.recv());
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
/// fn two_ushers(guests: &Receiver<u32>) {
///     thread::scope(|scope| {
///         scope.spawn(|| guests.recv());
///     });
/// }
/// ```
#[cfg(doctest)]
struct Consumers;

#[cfg(test)]
mod tests;
