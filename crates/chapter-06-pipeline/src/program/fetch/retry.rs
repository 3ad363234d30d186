//! When to try again: full jitter, the server's own wish, and a budget for each
//! host.
//!
//! Written by hand although `backon` has retries: it would keep the permit
//! between two attempts.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The ceiling of the first delay; each further one doubles it.
const BASE: Duration = Duration::from_millis(100);
/// No delay of ours exceeds this.
const LONGEST: Duration = Duration::from_secs(5);
/// A server that asks for more than this is not waited for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// How long to wait before the attempt after `attempts` failed ones.
///
/// Full jitter: anything from nothing to a ceiling that doubles, so that
/// clients that failed together do not come back together ("Exponential Backoff
/// And Jitter", AWS Architecture Blog). Never before the time the server asked
/// for; the jitter comes on top. `random` is in `0.0..1.0`.
///
/// Returns `None` if the server asks for more patience than we have.
pub fn delay(
    attempts: u32,
    retry_after: Option<Duration>,
    random: f64,
) -> Option<Duration> {
    let doublings = attempts.saturating_sub(1).min(16);
    let ceiling = BASE.saturating_mul(1 << doublings).min(LONGEST);
    let asked = retry_after.unwrap_or_default();
    (asked <= MAX_RETRY_AFTER).then(|| asked + ceiling.mul_f64(random))
}

/// Bounds the retries that one host costs: some to begin with, and one more for
/// every five first attempts. When everything fails, trying everything again
/// helps nobody.
#[derive(Debug)]
pub struct Budget(AtomicI64);

/// Fifths of a retry.
const COST: i64 = 5;
const RESERVE: i64 = 10 * COST;

impl Budget {
    /// A budget with its reserve.
    pub fn new() -> Self {
        Budget(AtomicI64::new(RESERVE))
    }

    /// Notes a first attempt.
    pub fn earn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one retry, if there is one.
    pub fn spend(&self) -> bool {
        let take = |left: i64| (left >= COST).then(|| left - COST);
        self.0.try_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_and_stops() {
        let ceilings: Vec<u128> = (1..9)
            .filter_map(|n| delay(n, None, 1.0))
            .map(|d| d.as_millis())
            .collect();
        assert_eq!(ceilings, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(delay(3, None, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn never_before_the_time_the_server_asked_for() {
        let two = Duration::from_secs(2);
        assert_eq!(delay(1, Some(two), 0.0), Some(two));
        assert_eq!(
            delay(1, Some(two), 0.5),
            Some(two + Duration::from_millis(50))
        );
        assert_eq!(delay(1, Some(Duration::from_secs(3600)), 0.0), None);
    }

    #[test]
    fn a_fifth_of_the_attempts_may_be_repeated() {
        let budget = Budget::new();
        (0..100).for_each(|_| budget.earn());
        let spent = (0..1_000).filter(|_| budget.spend()).count();
        assert_eq!(spent, 10 + 20);
    }
}
