//! Send says what may change threads, and Sync what many may use at once.
//!
//! The compiler works out both from a type's parts, and a promise in `unsafe`
//! silences it.

// ANCHOR: program
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, RwLock};
use std::thread;

#[cfg(loom)]
use loom::cell::Cell as Count;
#[cfg(not(loom))]
use std::cell::Cell as Count;

// ANCHOR: bounds
/// Gives a value away to another thread, which uses it and drops it.
pub fn give<T: Send>(value: T, visit: impl FnOnce(T) + Send) {
    thread::scope(|scope| {
        scope.spawn(move || visit(value));
    });
}

/// Lets two threads use one value at once.
pub fn share<T: Sync>(value: &T, visit: impl Fn(&T) + Sync) {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| visit(value));
        }
    });
}
// ANCHOR_END: bounds

// ANCHOR: assertions
const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}

// Nothing of this runs. It compiles as long as every line is true.
const _: () = {
    is_send::<Cell<u32>>();
    is_send::<Mutex<Cell<u32>>>();
    is_sync::<Mutex<Cell<u32>>>();
    is_send::<Arc<Mutex<Cell<u32>>>>();
    is_sync::<MutexGuard<'static, u32>>();
};
// ANCHOR_END: assertions

// ANCHOR: promised
/// A seller. All sellers count their tickets in one place.
#[derive(Clone, Debug)]
pub struct Seller {
    sold: Rc<Count<u32>>,
}

// SAFETY: none. An `Rc` and what is in it are for one thread, and here two have
// them.
#[expect(unsafe_code, reason = "the bug this lesson shows")]
unsafe impl Send for Seller {}

impl Seller {
    /// Counts a ticket. `between` is called between the look and the change.
    pub fn sell(&self, between: impl FnOnce()) {
        let seen = self.sold.get();
        between();
        self.sold.set(seen + 1);
    }
}
// ANCHOR_END: promised

// ANCHOR: accepted
/// A seller whose parts are `Send`. So it is, too, without a promise.
#[derive(Clone, Debug, Default)]
pub struct AtomicSeller {
    sold: Arc<AtomicU32>,
}

impl AtomicSeller {
    /// Counts a ticket.
    pub fn sell(&self) {
        self.sold.fetch_add(1, Ordering::Relaxed);
    }
}
// ANCHOR_END: accepted

/// Shows what the compiler says of some types, then lets two sellers count in
/// both ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("type                             Send  Sync");
    for (name, send, sync) in verdicts() {
        let word = |holds| if holds { "yes" } else { "no" };
        println!("  {name:30} {:>4}  {:>4}", word(send), word(sync));
    }

    println!("\na Cell, given to another thread");
    give(Cell::new(199), |seats| {
        println!("  it has {} seats there", seats.replace(0))
    });

    println!("two sellers sell a ticket each, on two threads");
    println!("  promised in unsafe: {} counted", two_sellers_in_turn());
    let seller = AtomicSeller::default();
    share(&seller, AtomicSeller::sell);
    println!(
        "  an Arc, an atomic:  {} counted",
        seller.sold.load(Ordering::Relaxed)
    );
    Ok(())
}

/// Stands for a type. Its own constants exist only where the bound holds. Where
/// it does not, the compiler takes those of [`Otherwise`].
struct Of<T: ?Sized>(PhantomData<T>);

impl<T: Send + ?Sized> Of<T> {
    const SEND: bool = true;
}

impl<T: Sync + ?Sized> Of<T> {
    const SYNC: bool = true;
}

trait Otherwise {
    const SEND: bool = false;
    const SYNC: bool = false;
}

impl<T: ?Sized> Otherwise for Of<T> {}

macro_rules! verdicts {
    ($($type:ty),* $(,)?) => {
        vec![$((stringify!($type), <Of<$type>>::SEND, <Of<$type>>::SYNC)),*]
    };
}

/// Types by name, each with whether it is `Send`, and whether it is `Sync`.
fn verdicts() -> Vec<(&'static str, bool, bool)> {
    verdicts![
        u32,
        Rc<u32>,
        Arc<u32>,
        Cell<u32>,
        &Cell<u32>,
        Arc<RefCell<u32>>,
        Mutex<Cell<u32>>,
        Mutex<Rc<u32>>,
        RwLock<Cell<u32>>,
        MutexGuard<'static, u32>,
        *const u32,
        Box<dyn FnOnce()>,
        Box<dyn FnOnce() + Send>,
        Seller,
    ]
}

/// Has two sellers sell a ticket each on two threads. Returns how many tickets
/// they counted.
///
/// Both look before either changes the count, and they change it in turn. So no
/// two threads use the memory at once: the promise is broken in a way that is
/// not undefined behavior.
fn two_sellers_in_turn() -> u32 {
    let (both_have_looked, first_has_sold) = (Barrier::new(2), Barrier::new(2));
    let [first, second] = sellers();
    let (first, _second) = thread::scope(|scope| {
        let first = scope.spawn(|| {
            let seller = first;
            seller.sell(|| {
                both_have_looked.wait();
            });
            first_has_sold.wait();
            seller
        });
        let second = scope.spawn(|| {
            let seller = second;
            seller.sell(|| {
                both_have_looked.wait();
                first_has_sold.wait();
            });
            seller
        });
        // They come back to be dropped here: that counts the owners, and would
        // be a data race, too.
        let back = |seller: thread::ScopedJoinHandle<'_, Seller>| seller.join();
        (
            back(first).expect("a sale does not panic"),
            back(second).expect("a sale does not panic"),
        )
    });
    first.sold.get()
}

/// Two sellers with one count.
fn sellers() -> [Seller; 2] {
    let first = Seller { sold: Rc::new(Count::new(0)) };
    [first.clone(), first]
}
// ANCHOR_END: program

/// An `Arc` of a `RefCell` can be made, and used where it was made:
///
/// ```
/// use std::cell::RefCell;
/// use std::sync::Arc;
///
/// let seats = Arc::new(RefCell::new(200));
/// *seats.borrow_mut() -= 1;
/// assert_eq!(*seats.borrow(), 199);
/// ```
///
/// But it cannot be given to another thread, because a `RefCell` is not `Sync`:
///
/// ```compile_fail,E0277
/// use std::cell::RefCell;
/// use std::sync::Arc;
/// use std::thread;
///
/// fn share(seats: Arc<RefCell<u32>>) {
///     thread::spawn(move || *seats.borrow_mut() -= 1);
/// }
/// ```
///
/// Nor can two threads change a `Cell`:
///
/// ```compile_fail,E0277
/// use std::cell::Cell;
/// use std::thread;
///
/// fn share(seats: &Cell<u32>) {
///     thread::scope(|scope| {
///         scope.spawn(|| seats.set(199));
///     });
/// }
/// ```
///
/// A guard unlocks on the thread that locked:
///
/// ```compile_fail,E0277
/// use std::sync::MutexGuard;
/// use std::thread;
///
/// fn hand_over(seats: MutexGuard<'static, u32>) {
///     thread::spawn(move || drop(seats));
/// }
/// ```
///
/// Of a raw pointer the compiler knows nothing:
///
/// ```compile_fail,E0277
/// use std::thread;
///
/// fn point_to(seats: *const u32) {
///     thread::spawn(move || println!("{seats:?}"));
/// }
/// ```
///
/// One part is enough:
///
/// ```compile_fail,E0277
/// use std::rc::Rc;
/// use std::thread;
///
/// struct Ticket {
///     seat: u32,
///     hall: Rc<str>,
/// }
///
/// fn print(ticket: Ticket) {
///     thread::spawn(move || {
///         let Ticket { seat, hall } = &ticket;
///         println!("seat {seat} in {hall}");
///     });
/// }
/// ```
#[cfg(doctest)]
struct Refused;

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
