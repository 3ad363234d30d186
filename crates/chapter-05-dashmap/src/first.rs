//! Several threads fill one map.
//!
//! A plain map cannot be filled by two threads: each would need it for itself alone.
//!
//! ```compile_fail,E0499
//! use std::collections::HashMap;
//! use std::thread;
//!
//! let mut visits: HashMap<&str, u32> = HashMap::new();
//! thread::scope(|scope| {
//!     for page in ["home", "prices"] {
//!         scope.spawn(|| *visits.entry(page).or_insert(0) += 1);
//!     }
//! });
//! ```

// ANCHOR: program
use std::error::Error;
use std::thread;

use dashmap::DashMap;

/// Counts the visits to the pages of a site: three days, a thread for each.
pub fn main() -> Result<(), Box<dyn Error>> {
    let days = ["home prices home", "home about home about", "prices home prices"];

    let visits = DashMap::new();
    thread::scope(|scope| {
        for day in days {
            scope.spawn(|| add(&visits, day));
        }
    });
    for page in ["home", "prices", "about"] {
        println!("{page:<8}{}", *visits.get(page).expect("somebody was there"));
    }
    Ok(())
}

fn add<'a>(visits: &DashMap<&'a str, u32>, day: &'a str) {
    for page in day.split(' ') {
        *visits.entry(page).or_insert(0) += 1;
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
