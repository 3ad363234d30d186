//! A lock keeps a step whole if it is held throughout.
//!
//! A step that takes the lock twice can lose what others wrote in between.

// ANCHOR: program
use std::error::Error;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use tracing::info_span;

// ANCHOR: hall
/// The books of a hall. Between two steps, free and sold make all its seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hall {
    /// Seats that nobody has bought.
    pub free: u32,
    /// Seats that somebody has bought.
    pub sold: u32,
}
// ANCHOR_END: hall

// ANCHOR: two_steps
/// Sells a ticket: looks under the lock, prints, and writes under the lock.
/// `false` if no seat is free.
pub fn sell_in_two_steps(hall: &Mutex<Hall>, print: impl FnOnce()) -> bool {
    let Hall { free, sold } = *hall.lock().expect("no seller has panicked");
    if free == 0 {
        return false;
    }
    print();
    *hall.lock().expect("no seller has panicked") =
        Hall { free: free - 1, sold: sold + 1 };
    true
}
// ANCHOR_END: two_steps

// ANCHOR: one_step
/// Sells a ticket, with the lock held from the first look to the last change.
/// `false` if no seat is free.
pub fn sell(hall: &Mutex<Hall>, print: impl FnOnce()) -> bool {
    let mut hall = hall.lock().expect("no seller has panicked");
    if hall.free == 0 {
        return false;
    }
    hall.free -= 1;
    print();
    hall.sold += 1;
    true
}
// ANCHOR_END: one_step

/// Sells the last seat in two steps and in one, then many seats in both ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let hall = |free| Mutex::new(Hall { free, sold: 0 });
    let both = Barrier::new(2);
    let meet = || {
        both.wait();
    };
    let takes = || thread::sleep(Duration::from_millis(20));

    let timeline = timeline::timeline(
        "two steps: both sellers print a ticket for the last seat",
    );
    let last = hall(1);
    let tickets = two_sellers(1, |seller| {
        let span = info_span!("print", seller);
        sell_in_two_steps(&last, || {
            meet();
            span.in_scope(takes)
        })
    });
    timeline.draw();
    println!(
        "tickets printed: {tickets}, the books: {:?}\n",
        last.into_inner()?
    );

    let timeline = timeline::timeline(
        "one step: the second seller waits, and finds no seat free",
    );
    let last = hall(1);
    let tickets = two_sellers(1, |seller| {
        let span = info_span!("print", seller);
        sell(&last, || span.in_scope(takes))
    });
    timeline.draw();
    println!(
        "tickets printed: {tickets}, the books: {:?}\n",
        last.into_inner()?
    );

    let (two_steps, one_step) = (hall(1000), hall(1000));
    let tickets = two_sellers(500, |_| sell_in_two_steps(&two_steps, meet));
    println!(
        "in two steps: {tickets} tickets printed, {:?}",
        two_steps.into_inner()?
    );
    let tickets = two_sellers(500, |_| sell(&one_step, || ()));
    println!(
        "in one step:  {tickets} tickets printed, {:?}",
        one_step.into_inner()?
    );
    Ok(())
}

/// Has two sellers try `each` sales at the same time. Returns how many tickets
/// they sold.
pub fn two_sellers(each: usize, sale: impl Fn(u32) -> bool + Sync) -> usize {
    thread::scope(|scope| {
        let sale = &sale;
        let tickets = |seller| (0..each).filter(|_| sale(seller)).count();
        let sellers = [1, 2].map(|seller| scope.spawn(move || tickets(seller)));
        sellers
            .map(|seller| seller.join().expect("a sale does not panic"))
            .iter()
            .sum()
    })
}
// ANCHOR_END: program

/// `Rc` counts its owners without a lock, and two threads that count at once
/// would count wrong. So it is not `Send`: it may not change threads, nor may a
/// closure that holds one.
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// use std::thread;
///
/// fn share(seats: Rc<u32>) {
///     thread::spawn(move || println!("{seats} seats"));
/// }
/// ```
///
/// `Arc` counts atomically, so that threads can own together:
///
/// ```
/// use std::sync::Arc;
/// use std::thread;
///
/// fn share(seats: Arc<u32>) {
///     thread::spawn(move || println!("{seats} seats"));
/// }
/// ```
#[cfg(doctest)]
struct Owners;

#[cfg(test)]
mod tests;
