//! A bounded channel slows down whoever is too fast.
//!
//! A channel hands values from thread to thread, and ends when its last sender
//! is gone.

// ANCHOR: program
use std::error::Error;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tracing::{Span, info_span};

// ANCHOR: unbounded
/// Lets each cook send plates as fast as they come. `serve` gets them one by
/// one.
pub fn unbounded<P: Send>(
    cooks: Vec<impl Iterator<Item = P> + Send>,
    serve: impl FnMut(P),
) {
    let (pass, plates) = mpsc::channel();
    thread::scope(|scope| {
        for mut cook in cooks {
            let pass = pass.clone();
            scope.spawn(move || cook.try_for_each(|plate| pass.send(plate)));
        }
        // The channel closes when its last sender is gone, and this is one.
        drop(pass);
        plates.into_iter().for_each(serve);
    });
}
// ANCHOR_END: unbounded

// ANCHOR: bounded
/// Makes a cook wait with the next plate while `room` plates wait already.
pub fn bounded<P: Send>(
    room: usize,
    cooks: Vec<impl Iterator<Item = P> + Send>,
    serve: impl FnMut(P),
) {
    let (pass, plates) = mpsc::sync_channel(room);
    thread::scope(|scope| {
        for mut cook in cooks {
            let pass = pass.clone();
            scope.spawn(move || cook.try_for_each(|plate| pass.send(plate)));
        }
        drop(pass);
        plates.into_iter().for_each(serve);
    });
}
// ANCHOR_END: bounded

// ANCHOR: forgotten
/// Takes plates twice: while a sender is forgotten, then without it. Returns
/// how many came, and what came after the last.
pub fn forgotten(patience: Duration) -> [(usize, RecvTimeoutError); 2] {
    let (pass, plates) = mpsc::channel();
    let cook = pass.clone();
    let cooking =
        thread::spawn(move || (1..=3).try_for_each(|plate| cook.send(plate)));
    // The cook has sent everything, and dropped its sender.
    cooking
        .join()
        .expect("cooking does not panic")
        .expect("the receiver is here");

    let with_a_sender = take(&plates, patience);
    drop(pass);
    [with_a_sender, take(&plates, patience)]
}

/// Takes plates until the channel is closed, or until none has come for
/// `patience`.
fn take<P>(
    plates: &Receiver<P>,
    patience: Duration,
) -> (usize, RecvTimeoutError) {
    let mut taken = 0;
    loop {
        match plates.recv_timeout(patience) {
            Ok(_) => taken += 1,
            Err(why) => return (taken, why),
        }
    }
}
// ANCHOR_END: forgotten

/// Serves the same plates through both channels, with a slow waiter; then
/// forgets a sender.
pub fn main() -> Result<(), Box<dyn Error>> {
    let [cooking, carrying] = [5, 15].map(Duration::from_millis);
    let cooks = || [1, 2].map(|number| cook(number, 5, cooking, || ())).into();

    let timeline =
        timeline::timeline("unbounded: all is cooked early and gets cold");
    unbounded(cooks(), |plate| carry(plate, carrying));
    timeline.draw();

    println!();
    let timeline = timeline::timeline(
        "room for 2: a cook without room waits, and cooks later",
    );
    bounded(2, cooks(), |plate| carry(plate, carrying));
    timeline.draw();

    let patience = Duration::from_millis(100);
    let [with, without] = forgotten(patience);
    println!("\nafter the last plate");
    println!(
        "  a sender forgotten   {} plates, then {:?}: a loop waits here",
        with.0, with.1
    );
    println!(
        "  all senders dropped  {} more, then {:?}: a loop ends here",
        without.0, without.1
    );
    Ok(())
}

// ANCHOR: cook
/// A plate from the moment it is cooked until it is eaten.
#[derive(Debug)]
pub struct Plate<C> {
    span: Span,
    /// Dropped with the plate: so plates can be counted.
    _counted: C,
}

/// A cook: each `next` cooks a plate, which takes a while, and counts it.
pub fn cook<C>(
    cook: u32,
    plates: u32,
    takes: Duration,
    count: impl Fn() -> C + Send,
) -> impl Iterator<Item = Plate<C>> + Send {
    (1..=plates).map(move |plate| {
        let span = info_span!("plate", cook, plate);
        span.in_scope(|| thread::sleep(takes));
        Plate { span, _counted: count() }
    })
}

/// The waiter: carries a plate out, which takes a while.
pub fn carry<C>(plate: Plate<C>, takes: Duration) {
    plate.span.in_scope(|| thread::sleep(takes));
}
// ANCHOR_END: cook
// ANCHOR_END: program

pub(crate) mod figures;

#[cfg(test)]
mod tests;
