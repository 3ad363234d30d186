//! What our own tests share.

use std::time::Duration;

/// For what cannot happen, however long one waits.
pub(crate) const SHORT: Duration = Duration::from_millis(20);
