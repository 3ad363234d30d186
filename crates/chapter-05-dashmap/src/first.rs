//! Several threads fill one map.
//!
//! A plain map cannot be filled by two threads: each would need it for itself
//! alone.
//!
//! ```compile_fail,E0499
//! use std::collections::HashMap;
//! use std::thread;
//!
//! pub fn count() -> HashMap<&'static str, u32> {
//!     let mut visits = HashMap::new();
//!     thread::scope(|scope| {
//!         scope.spawn(|| visits.insert("home", 1));
//!         scope.spawn(|| visits.insert("prices", 1));
//!     });
//!     visits
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::thread;

use dashmap::DashMap;

/// Counts the visits to the pages of a site: three days, a thread for each.
pub fn main() -> Result<(), Box<dyn Error>> {
    let days = ["home prices home", "about home about", "prices home"];
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
