//! A mutex that a panic elsewhere does not take away from us.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, poisoned or not: what we keep behind locks is whole after
/// every statement, and a test that panics must not turn into a dozen tests
/// that panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn a_poisoned_lock_is_entered_all_the_same() {
        let mutex = Arc::new(Mutex::new(1));
        let inside = Arc::clone(&mutex);
        let panicked = thread::spawn(move || {
            let mut value = lock(&inside);
            *value = 2;
            panic!("on purpose, while it is locked");
        });
        assert!(panicked.join().is_err());
        assert!(mutex.is_poisoned());
        assert_eq!(*lock(&mutex), 2);
    }
}
