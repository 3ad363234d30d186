//! Two threads, so that they meet where it matters.

use std::cell::Cell;
use std::sync::Barrier;
use std::thread;

use super::{AtomicU32, Evening, Ordering, Take};

/// Has two buyers take a seat each. Both have looked before either takes one. Returns how many
/// seats were taken, and how many are still free.
pub(super) fn two_buyers(take: Take, seats: u32) -> (usize, u32) {
    let (free, both_have_looked) = (AtomicU32::new(seats), Barrier::new(2));
    let buyer = || {
        let first_look = Cell::new(true);
        take(&free, &|| {
            if first_look.replace(false) {
                both_have_looked.wait();
            }
        })
    };
    let taken = thread::scope(|scope| {
        let buyers = [scope.spawn(buyer), scope.spawn(buyer)];
        buyers.map(|buyer| buyer.join().expect("buying does not panic"))
    });
    (taken.into_iter().filter(|taken| *taken).count(), free.into_inner())
}

/// Lets two sellers go home. Returns what each of them, if it was the last, has added up.
pub(super) fn two_go_home(evening: &Evening, sold: [u32; 2]) -> Option<u32> {
    thread::scope(|scope| {
        let sellers = [0, 1].map(|seller| {
            scope.spawn(move || evening.go_home(seller, sold[seller], Ordering::AcqRel))
        });
        let sums = sellers.map(|seller| seller.join().expect("adding up does not panic"));
        sums.into_iter().flatten().next()
    })
}
