//! Many may read at once, and a writer is alone.
//!
//! A thread that reads cannot become the writer without letting go first.

// ANCHOR: program
use std::error::Error;
use std::sync::{Barrier, Mutex, RwLock};
use std::thread;
use std::time::Duration;

use tracing::info_span;

/// The books of a hall. Between two steps, free and sold make all its seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hall {
    /// Seats that nobody has bought.
    pub free: u32,
    /// Seats that somebody has bought.
    pub sold: u32,
}

// ANCHOR: boards
/// Has three boards look at the hall. Each shows what it sees while it holds a
/// read lock.
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

/// The same with a mutex, which lets in one board at a time.
pub fn boards_with_a_mutex(
    hall: &Mutex<Hall>,
    show: impl Fn(u32, Hall) + Sync,
) {
    thread::scope(|scope| {
        for board in 1..=3 {
            let show = &show;
            scope.spawn(move || {
                let hall = hall.lock().expect("no seller has panicked");
                show(board, *hall);
            });
        }
    });
}

// ANCHOR: sell
/// Sells a ticket, with the write lock held from the first look to the last
/// change. `false` if no seat is free.
pub fn sell(hall: &RwLock<Hall>) -> bool {
    let mut hall = hall.write().expect("no seller has panicked");
    if hall.free == 0 {
        return false;
    }
    hall.free -= 1;
    hall.sold += 1;
    true
}
// ANCHOR_END: sell

// ANCHOR: while_reading
/// Looks for a free seat under a read lock, and keeps it while it asks for the
/// write lock. Says why it does not get it.
pub fn sell_while_reading(hall: &RwLock<Hall>) -> Result<bool, String> {
    let seen = hall.read().expect("no seller has panicked");
    if seen.free == 0 {
        return Ok(false);
    }
    // `write` would wait here until every reader is gone, and so for this
    // thread itself.
    let mut hall = hall.try_write().map_err(|error| error.to_string())?;
    hall.free -= 1;
    hall.sold += 1;
    Ok(true)
}
// ANCHOR_END: while_reading

// ANCHOR: twice
/// Reads, and reads again while it still holds the first read lock. Says why it
/// does not get in.
pub fn read_twice(
    hall: &RwLock<Hall>,
    between: impl FnOnce(),
) -> Result<(Hall, Hall), String> {
    let first = hall.read().expect("no seller has panicked");
    between();
    // `read` would wait here for a writer that waits for `first`, and so for
    // this thread itself.
    let second = hall.try_read().map_err(|error| error.to_string())?;
    Ok((*first, *second))
}
// ANCHOR_END: twice

/// Lets three boards look with a mutex and with read locks, sells a seat in two
/// ways, and reads twice around a seller who waits.
pub fn main() -> Result<(), Box<dyn Error>> {
    let books = Hall { free: 1, sold: 0 };
    let takes = || thread::sleep(Duration::from_millis(20));
    let show = |board, _| info_span!("show", board).in_scope(takes);

    let timeline =
        timeline::timeline("a mutex: three boards look at the hall in turn");
    boards_with_a_mutex(&Mutex::new(books), show);
    timeline.draw();

    println!();
    let hall = RwLock::new(books);
    let timeline =
        timeline::timeline("read locks: three boards look at the hall at once");
    boards(&hall, show);
    timeline.draw();

    println!("\na seller who still reads asks for the write lock");
    match sell_while_reading(&hall) {
        Ok(sold) => println!("  sold a ticket: {sold}"),
        Err(error) => println!("  {error}"),
    }
    println!("a seller takes the write lock from the start");
    println!(
        "  sold a ticket: {}, the books: {:?}",
        sell(&hall),
        hall.into_inner()?
    );

    println!(
        "\na board reads twice, and a seller asks for the write lock in between"
    );
    match read_twice_around_a_seller(&RwLock::new(books), 500) {
        Ok(_) => {
            println!("  on this system the second read comes before the seller")
        }
        Err(error) => println!("  {error}"),
    }
    Ok(())
}

/// Has a board read twice, and a seller ask for the write lock in between. The
/// second read comes once a new reader is turned away, or after `tries` tries,
/// a millisecond apart.
fn read_twice_around_a_seller(
    hall: &RwLock<Hall>,
    tries: u32,
) -> Result<(Hall, Hall), String> {
    let asks = Barrier::new(2);
    thread::scope(|scope| {
        read_twice(hall, || {
            scope.spawn(|| {
                asks.wait();
                sell(hall)
            });
            asks.wait();
            for _ in 0..tries {
                if hall.try_read().is_err() {
                    break;
                }
                thread::sleep(Duration::from_millis(1));
            }
        })
    })
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
