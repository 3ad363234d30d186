//! Panics that a lesson makes on purpose.

use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, Once, PoisonError};

type Expected = fn(thread: &str, message: &str) -> bool;

static EXPECTED: Mutex<Vec<Expected>> = Mutex::new(Vec::new());
static HOOK: Once = Once::new();

/// Keeps the panics that a lesson makes on purpose off the terminal, until the
/// value that is returned is dropped. The lesson itself says what it saw of
/// them.
///
/// `expected` gets the name of the thread that panics (empty if it has none)
/// and the message, and says whether the panic is one of these. All others are
/// printed as ever. A process has one panic hook, so this one passes on what it
/// does not hide.
///
/// ```
/// let _hidden = lessons::hide_panics(|_, message| message == "on purpose");
/// assert!(std::panic::catch_unwind(|| panic!("on purpose")).is_err()); // prints nothing
/// ```
pub fn hide_panics(expected: Expected) -> HiddenPanics {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !is_expected(panic) {
                before(panic);
            }
        }));
    });
    lock().push(expected);
    HiddenPanics { expected }
}

/// Panics that are [hidden](hide_panics) until this is dropped.
#[derive(Debug)]
#[must_use = "the panics are hidden until this is dropped"]
pub struct HiddenPanics {
    expected: Expected,
}

impl Drop for HiddenPanics {
    fn drop(&mut self) {
        let mut all = lock();
        let own = all
            .iter()
            .position(|one| std::ptr::fn_addr_eq(*one, self.expected));
        own.map(|at| all.remove(at));
    }
}

fn is_expected(panic: &PanicHookInfo<'_>) -> bool {
    let thread = std::thread::current();
    let (name, message) =
        (thread.name().unwrap_or(""), panic.payload_as_str().unwrap_or(""));
    // Copied, so that no lock is held while a lesson's function runs.
    let all = lock().clone();
    all.iter().any(|expected| expected(name, message))
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Expected>> {
    EXPECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static PRINTED: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn only_what_is_expected_is_hidden_and_only_for_a_while() {
        // This stands for the terminal.
        let real = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if panic
                .payload_as_str()
                .is_some_and(|said| said.starts_with("hide_panics: "))
            {
                PRINTED.fetch_add(1, Ordering::Relaxed);
            } else {
                real(panic);
            }
        }));
        let printed = || PRINTED.swap(0, Ordering::Relaxed);
        let hidden =
            hide_panics(|_, message| message == "hide_panics: expected");
        assert!(catch_unwind(|| panic!("hide_panics: expected")).is_err());
        assert_eq!(printed(), 0);
        assert!(catch_unwind(|| panic!("hide_panics: a bug")).is_err());
        assert_eq!(printed(), 1);
        drop(hidden);
        assert!(catch_unwind(|| panic!("hide_panics: expected")).is_err());
        assert_eq!(printed(), 1);
    }
}
