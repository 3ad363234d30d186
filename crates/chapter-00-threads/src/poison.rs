//! A panic in the middle of a step poisons the lock.
//!
//! Everyone who locks it afterwards is told, and may repair what was left half
//! done.

// ANCHOR: program
use std::any::Any;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The books of a hall. Between two steps, free and sold make all its seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hall {
    /// Seats that nobody has bought.
    pub free: u32,
    /// Seats that somebody has bought.
    pub sold: u32,
}

// ANCHOR: sell
/// Sells a ticket, and prints it in the middle of the step. `false` if no seat
/// is free. (It is from the lesson `shared-state`.)
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
// ANCHOR_END: sell

// ANCHOR: regardless
/// Sells a ticket, whatever state the books are in. `false` if no seat is free.
pub fn sell_regardless(hall: &Mutex<Hall>) -> bool {
    let mut hall = hall.lock().unwrap_or_else(PoisonError::into_inner);
    if hall.free == 0 {
        return false;
    }
    hall.free -= 1;
    hall.sold += 1;
    true
}
// ANCHOR_END: regardless

// ANCHOR: repair
/// Makes the books right after a seller panicked: a seat without a ticket is
/// free. Returns them.
pub fn repair(hall: &Mutex<Hall>, seats: u32) -> Hall {
    let mut books = hall.lock().unwrap_or_else(PoisonError::into_inner);
    books.free = seats - books.sold;
    hall.clear_poison();
    *books
}
// ANCHOR_END: repair

/// Lets a seller panic in the middle of a sale, then others try to sell the
/// same seat.
pub fn main() -> Result<(), Box<dyn Error>> {
    let hall = Arc::new(Mutex::new(Hall { free: 1, sold: 0 }));

    println!("the printer jams in the middle of a sale");
    try_to_sell("seller 1", &hall, |hall| {
        sell(hall, || panic!("the printer jams"))
    });
    try_to_sell("seller 2", &hall, |hall| sell(hall, || ()));
    try_to_sell("seller 3", &hall, sell_regardless);
    println!("  the books, repaired: {:?}", repair(&hall, 1));
    try_to_sell("seller 4", &hall, |hall| sell(hall, || ()));
    println!(
        "  the books: {:?}",
        hall.lock().map_err(|error| error.to_string())?
    );
    Ok(())
}

/// Has a seller, on a thread of this name, try a sale. Returns whether a ticket
/// was sold, or the panic's message.
fn attempt(
    name: &str,
    hall: &Arc<Mutex<Hall>>,
    sale: fn(&Mutex<Hall>) -> bool,
) -> Result<bool, String> {
    let hall = Arc::clone(hall);
    let seller =
        thread::Builder::new().name(name.to_owned()).spawn(move || sale(&hall));
    let end = seller.expect("the system has room for one more thread").join();
    end.map_err(|panic| reason(panic.as_ref()).to_owned())
}

fn try_to_sell(
    name: &str,
    hall: &Arc<Mutex<Hall>>,
    sale: fn(&Mutex<Hall>) -> bool,
) {
    match attempt(name, hall, sale) {
        Ok(true) => println!("  {name} sold a ticket"),
        Ok(false) => println!("  {name} found no seat free"),
        Err(message) => println!("  {name} panicked: {message}"),
    }
}

/// A panic's message: from the lesson `threads`.
fn reason(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    let literal = || panic.downcast_ref::<&str>().copied();
    formatted.or_else(literal).unwrap_or("something that is not a string")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
