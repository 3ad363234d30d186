//! Places for programs that compute: a program that only waits gives up its
//! own.
//!
//! A test that waits for what never comes takes seconds and no core. If it kept
//! its place, the cores would have nothing to do meanwhile; if there were no
//! places, tests would be slow together, and threads meet less often then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A number of places.
#[derive(Debug)]
pub(crate) struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Places {
    /// This many.
    pub(crate) fn new(places: usize) -> Self {
        Places { free: Mutex::new(places), freed: Condvar::new() }
    }

    /// A place, as soon as there is one.
    pub(crate) fn take(&self) -> Place<'_> {
        let none = |free: &mut usize| *free == 0;
        let waited = self.freed.wait_while(self.free(), none);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        Place { of: self, left: AtomicBool::new(false) }
    }

    /// Even if a thread panicked meanwhile: a number cannot be half changed.
    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, which is somebody else's after [`Place::leave`], or when it is
/// dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    of: &'a Places,
    left: AtomicBool,
}

impl Place<'_> {
    /// Leaves it to somebody else. A second time changes nothing.
    pub(crate) fn leave(&self) {
        if !self.left.swap(true, Ordering::Relaxed) {
            *self.of.free() += 1;
            self.of.freed.notify_one();
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::Arc;

    use witness::{PATIENT, within};

    #[test]
    fn a_place_is_left_once_and_whoever_waits_takes_it() {
        within(PATIENT, || {
            let places = Arc::new(Places::new(1));
            let place = places.take();
            let waits = std::thread::spawn({
                let places = Arc::clone(&places);
                move || drop(places.take())
            });
            place.leave();
            waits.join().expect("it gets the place");
            assert_eq!(*places.free(), 1);
            place.leave();
            drop(place);
            assert_eq!(*places.free(), 1, "it was left once");
        });
    }
}
