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
/// Has each door let in guests as fast as they come. `usher` gets them one by
/// one.
pub fn unbounded<G: Send>(
    doors: Vec<impl Iterator<Item = G> + Send>,
    usher: impl FnMut(G),
) {
    let (foyer, guests) = mpsc::channel();
    thread::scope(|scope| {
        for mut door in doors {
            let foyer = foyer.clone();
            scope.spawn(move || door.try_for_each(|guest| foyer.send(guest)));
        }
        // The channel closes when its last sender is gone, and this is one.
        drop(foyer);
        guests.into_iter().for_each(usher);
    });
}
// ANCHOR_END: unbounded

// ANCHOR: bounded
/// Makes a door wait with the next guest while `room` guests wait already.
pub fn bounded<G: Send>(
    room: usize,
    doors: Vec<impl Iterator<Item = G> + Send>,
    usher: impl FnMut(G),
) {
    let (foyer, guests) = mpsc::sync_channel(room);
    thread::scope(|scope| {
        for mut door in doors {
            let foyer = foyer.clone();
            scope.spawn(move || door.try_for_each(|guest| foyer.send(guest)));
        }
        drop(foyer);
        guests.into_iter().for_each(usher);
    });
}
// ANCHOR_END: bounded

// ANCHOR: forgotten
/// Takes guests twice: while a sender is forgotten, then without it. Returns
/// how many came, and what came after the last.
pub fn forgotten(patience: Duration) -> [(usize, RecvTimeoutError); 2] {
    let (foyer, guests) = mpsc::channel();
    let door = foyer.clone();
    let entering =
        thread::spawn(move || (1..=3).try_for_each(|guest| door.send(guest)));
    // The door has sent everybody, and dropped its sender.
    entering
        .join()
        .expect("a door does not panic")
        .expect("the receiver is here");

    let with_a_sender = take(&guests, patience);
    drop(foyer);
    [with_a_sender, take(&guests, patience)]
}

/// Takes guests until the channel is closed, or until none has come for
/// `patience`.
fn take<G>(
    guests: &Receiver<G>,
    patience: Duration,
) -> (usize, RecvTimeoutError) {
    let mut taken = 0;
    loop {
        match guests.recv_timeout(patience) {
            Ok(_) => taken += 1,
            Err(why) => return (taken, why),
        }
    }
}
// ANCHOR_END: forgotten

/// Seats the same guests through both channels, with a slow usher; then forgets
/// a sender.
pub fn main() -> Result<(), Box<dyn Error>> {
    let [entering, seating] = [5, 15].map(Duration::from_millis);
    let doors = || [1, 2].map(|number| door(number, 5, entering, || ())).into();

    let timeline =
        timeline::timeline("unbounded: all are let in early, and have to wait");
    unbounded(doors(), |guest| seat(guest, seating));
    timeline.draw();

    println!();
    let timeline = timeline::timeline(
        "room for 2: a door without room waits, and lets in later",
    );
    bounded(2, doors(), |guest| seat(guest, seating));
    timeline.draw();

    let patience = Duration::from_millis(100);
    let [with, without] = forgotten(patience);
    println!("\nafter the last guest");
    println!(
        "  a sender forgotten   {} guests, then {:?}: a loop waits here",
        with.0, with.1
    );
    println!(
        "  all senders dropped  {} more, then {:?}: a loop ends here",
        without.0, without.1
    );
    Ok(())
}

// ANCHOR: door
/// A guest, from the door to the seat.
#[derive(Debug)]
pub struct Guest<C> {
    span: Span,
    /// Dropped with the guest: so guests can be counted.
    _counted: C,
}

/// A door: each `next` lets in a guest, which takes a while, and counts it.
pub fn door<C>(
    door: u32,
    guests: u32,
    takes: Duration,
    count: impl Fn() -> C + Send,
) -> impl Iterator<Item = Guest<C>> + Send {
    (1..=guests).map(move |guest| {
        let span = info_span!("guest", door, guest);
        span.in_scope(|| thread::sleep(takes));
        Guest { span, _counted: count() }
    })
}

/// The usher: shows a guest to a seat, which takes a while.
pub fn seat<C>(guest: Guest<C>, takes: Duration) {
    guest.span.in_scope(|| thread::sleep(takes));
}
// ANCHOR_END: door
// ANCHOR_END: program

pub(crate) mod figures;

#[cfg(test)]
mod tests;
