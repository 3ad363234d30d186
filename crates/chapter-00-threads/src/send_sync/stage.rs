//! Asks the compiler about types, and has two sellers count wrong in a run that is defined.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, RwLock};
use std::thread;

use super::{Count, Seller};

/// Stands for a type. Its own constants exist only where the bound holds. Where it does not, the
/// compiler takes those of [`Otherwise`].
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
pub(super) fn verdicts() -> Vec<(&'static str, bool, bool)> {
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

/// Has two sellers sell a ticket each on two threads. Returns how many tickets they counted.
///
/// Both look before either changes the count, and they change it in turn. So no two threads use the
/// memory at once: the promise is broken in a way that is not undefined behavior.
pub(super) fn two_sellers_in_turn() -> u32 {
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
        // They come back to be dropped here: that counts the owners, and would be a data race, too.
        let back = |seller: thread::ScopedJoinHandle<'_, Seller>| seller.join();
        (back(first).expect("a sale does not panic"), back(second).expect("a sale does not panic"))
    });
    first.sold.get()
}

/// Two sellers with one count.
pub(super) fn sellers() -> [Seller; 2] {
    let first = Seller { sold: Rc::new(Count::new(0)) };
    [first.clone(), first]
}
