//! A lock keeps a step whole if it is held for the whole step.
//!
//! `Rc` counts its owners without a lock, and two threads that count at once would count wrong.
//! So it is not `Send`: it may not change threads, nor may a closure that holds one.
//!
//! ```compile_fail,E0277
//! use std::rc::Rc;
//! use std::thread;
//!
//! fn share(seats: Rc<u32>) {
//!     thread::spawn(move || println!("{seats} seats"));
//! }
//! ```
//!
//! `Arc` counts atomically, so that threads can own together:
//!
//! ```
//! use std::sync::Arc;
//! use std::thread;
//!
//! fn share(seats: Arc<u32>) {
//!     thread::spawn(move || println!("{seats} seats"));
//! }
//! ```

use std::error::Error;
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::Duration;

use tracing::info_span;

use crate::threads::{hush, outcomes, reason, start};

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
/// Sells a ticket: looks under the lock, prints, and writes under the lock. `false` if no seat is
/// free.
pub fn sell_in_two_steps(hall: &Mutex<Hall>, print: impl FnOnce()) -> bool {
    let Hall { free, sold } = *hall.lock().expect("no seller has panicked");
    if free == 0 {
        return false;
    }
    print();
    *hall.lock().expect("no seller has panicked") = Hall { free: free - 1, sold: sold + 1 };
    true
}
// ANCHOR_END: two_steps

// ANCHOR: one_step
/// Sells a ticket, with the lock held from the first look to the last change. `false` if no seat
/// is free.
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

// ANCHOR: waiting
/// Sells a ticket, and waits for a seat to be given back if none is free.
pub fn sell_or_wait(hall: &Mutex<Hall>, given_back: &Condvar) {
    let hall = hall.lock().expect("no seller has panicked");
    let mut hall =
        given_back.wait_while(hall, |hall| hall.free == 0).expect("no seller has panicked");
    hall.free -= 1;
    hall.sold += 1;
}

/// Takes a ticket back, and wakes one thread that waits for a seat.
pub fn give_back(hall: &Mutex<Hall>, given_back: &Condvar) {
    let mut hall = hall.lock().expect("no seller has panicked");
    hall.free += 1;
    hall.sold -= 1;
    given_back.notify_one();
}
// ANCHOR_END: waiting

// ANCHOR: repair
/// Makes the books right after a seller panicked: a seat without a ticket is free. Returns them.
pub fn repair(hall: &Mutex<Hall>, seats: u32) -> Hall {
    let mut books = hall.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    books.free = seats - books.sold;
    hall.clear_poison();
    *books
}
// ANCHOR_END: repair

// ANCHOR: boards
/// Has three boards look at the hall. Each shows what it sees while it holds a read lock.
pub fn boards(hall: &RwLock<Hall>, show: impl Fn(u32, Hall) + Sync) {
    thread::scope(|scope| {
        for board in 1..=3 {
            let show = &show;
            scope.spawn(move || {
                let hall = hall.read().expect("no seller has panicked");
                show(board, *hall);
            });
        }
    });
}
// ANCHOR_END: boards

/// Has two sellers try `each` sales at the same time. Returns how many tickets they sold.
pub fn two_sellers(each: usize, sale: impl Fn(u32) -> bool + Sync) -> usize {
    thread::scope(|scope| {
        let sale = &sale;
        let tickets = |seller| (0..each).filter(|_| sale(seller)).count();
        let sellers = [1, 2].map(|seller| scope.spawn(move || tickets(seller)));
        sellers.map(|seller| seller.join().expect("a sale does not panic")).iter().sum()
    })
}

/// Sells the last seat in two steps and in one, then many seats; then shows the other locks.
pub fn main() -> Result<(), Box<dyn Error>> {
    let hall = |free| Mutex::new(Hall { free, sold: 0 });
    let both = Barrier::new(2);
    let takes = || thread::sleep(Duration::from_millis(20));

    let timeline = lessons::timeline("two steps: both sellers print a ticket for the last seat");
    let last = hall(1);
    let tickets = two_sellers(1, |seller| {
        let span = info_span!("print", seller);
        sell_in_two_steps(&last, || {
            both.wait();
            span.in_scope(takes)
        })
    });
    timeline.draw();
    println!("tickets printed: {tickets}, the books: {:?}\n", last.into_inner()?);

    let timeline = lessons::timeline("one step: the second seller waits, and finds no seat free");
    let last = hall(1);
    let tickets = two_sellers(1, |seller| {
        let span = info_span!("print", seller);
        sell(&last, || span.in_scope(takes))
    });
    timeline.draw();
    println!("tickets printed: {tickets}, the books: {:?}\n", last.into_inner()?);

    let (two_steps, one_step) = (hall(1000), hall(1000));
    let meet = || {
        both.wait();
    };
    let tickets = two_sellers(500, |_| sell_in_two_steps(&two_steps, meet));
    println!("in two steps: {tickets} tickets printed, {:?}", two_steps.into_inner()?);
    let tickets = two_sellers(500, |_| sell(&one_step, || ()));
    println!("in one step:  {tickets} tickets printed, {:?}\n", one_step.into_inner()?);

    let timeline = lessons::timeline("read locks: three boards look at the hall at once");
    let shown = RwLock::new(Hall { free: 1, sold: 0 });
    boards(&shown, |board, _| info_span!("show", board).in_scope(takes));
    timeline.draw();

    println!("\nsold out; one comes for a ticket, another gives one back");
    let (sold_out, given_back) = (Mutex::new(Hall { free: 0, sold: 1 }), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| sell_or_wait(&sold_out, &given_back));
        give_back(&sold_out, &given_back);
    });
    println!("  the books: {:?}\n", sold_out.into_inner()?);

    println!("the printer jams in the middle of a sale");
    hush(&["seller 1", "seller 2"]);
    let jammed = Arc::new(hall(1));
    let jam: fn() = || panic!("the printer jams");
    for (seller, print) in [("seller 1", jam), ("seller 2", || ())] {
        let hall = Arc::clone(&jammed);
        let sale = vec![(seller.to_owned(), move || sell(&hall, print))];
        let (_, end) = outcomes(start(sale)).remove(0);
        match end {
            Ok(sold) => println!("  {seller} sold a ticket: {sold}"),
            Err(panic) => println!("  {seller} panicked: {}", reason(panic.as_ref())),
        }
    }
    println!("  the books, repaired: {:?}", repair(&jammed, 1));
    Ok(())
}

#[cfg(test)]
mod tests;
