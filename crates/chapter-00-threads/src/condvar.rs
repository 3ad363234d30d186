//! A condvar waits for a change, and looks again when woken.
//!
//! It lets go of the lock while it waits, so that somebody else can make the
//! change.

// ANCHOR: program
use std::error::Error;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use tracing::info_span;

// ANCHOR: buy
/// Takes a free seat, and waits for one to be given back if there is none.
pub fn buy(free: &Mutex<i32>, given_back: &Condvar) {
    let free = free.lock().expect("no buyer has panicked");
    let mut free = given_back
        .wait_while(free, |free| *free <= 0)
        .expect("no buyer has panicked");
    *free -= 1;
}

/// Gives a seat back, and wakes one thread that waits for it.
pub fn give_back(free: &Mutex<i32>, given_back: &Condvar) {
    let mut free = free.lock().expect("no buyer has panicked");
    *free += 1;
    given_back.notify_one();
}
// ANCHOR_END: buy

// ANCHOR: buy_when_woken
/// Like [`buy`], but waits only once: takes the wake itself for a free seat.
pub fn buy_when_woken(free: &Mutex<i32>, given_back: &Condvar) {
    let mut free = free.lock().expect("no buyer has panicked");
    if *free <= 0 {
        free = given_back.wait(free).expect("no buyer has panicked");
    }
    *free -= 1;
}
// ANCHOR_END: buy_when_woken

/// Waits for a seat, then has two buyers woken for one seat: with a second
/// look, and without.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = || thread::sleep(Duration::from_millis(20));

    let timeline = timeline::timeline(
        "sold out: the buyer waits until a seat is given back",
    );
    let (free, given_back) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        let seat = info_span!("seat");
        scope.spawn(|| {
            buy(&free, &given_back);
            seat.in_scope(takes);
            drop(seat);
        });
        info_span!("way back").in_scope(takes);
        give_back(&free, &given_back);
    });
    timeline.draw();
    println!("seats free: {}\n", free.into_inner()?);

    println!("one seat is given back, and two buyers are woken");
    let (bought, free) = one_seat_for_two(buy, 1_000);
    println!("  buy:             {bought} bought, seats free: {free}");
    let (bought, free) = one_seat_for_two(buy_when_woken, usize::MAX);
    println!("  buy_when_woken:  {bought} bought, seats free: {free}");
    Ok(())
}

/// Two buyers and one seat. Wakes both until both have bought, or one has and
/// `wakes` more wakes did not change that. Returns how many have bought then,
/// and how many seats are free.
pub fn one_seat_for_two(
    buy: fn(&Mutex<i32>, &Condvar),
    wakes: usize,
) -> (usize, i32) {
    let (free, given_back) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        let buyers = [(); 2].map(|()| scope.spawn(|| buy(&free, &given_back)));
        let bought =
            || buyers.iter().filter(|buyer| buyer.is_finished()).count();
        give_back(&free, &given_back);
        let mut vain = 0;
        while bought() < 1 || (bought() < 2 && vain < wakes) {
            vain += bought();
            given_back.notify_all();
            thread::yield_now();
        }
        let seen = (bought(), *free.lock().expect("no buyer has panicked"));
        // For whoever waits still.
        give_back(&free, &given_back);
        seen
    })
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
