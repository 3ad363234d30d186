//! Counts the plates that wait.

use std::error::Error;
use std::time::Duration;

use witness::Peak;

use super::{bounded, carry, cook, unbounded};

/// Serves plates through both channels, and counts how many were cooked and not
/// yet eaten.
pub(crate) fn print() -> Result<(), Box<dyn Error>> {
    println!("\nmost plates at once, of 24 that 2 cooks cook in 2 ms each");
    println!("  carrying takes   unbounded   room for 2");
    for carrying in [2, 4, 8] {
        let [unbounded, bounded] =
            [None, Some(2)].map(|room| most_at_once(room, carrying));
        println!("  {carrying:>11} ms {unbounded:>11} {bounded:>12}");
    }
    Ok(())
}

/// Serves 24 plates of two cooks through a channel with this room, or with no
/// bound. Returns how many were cooked and not yet eaten, at most.
fn most_at_once(room: Option<usize>, carrying: u64) -> usize {
    let (peak, ms) = (Peak::new(), Duration::from_millis);
    let cooks =
        [1, 2].map(|number| cook(number, 12, ms(2), || peak.enter())).into();
    let waiter = |plate| carry(plate, ms(carrying));
    match room {
        None => unbounded(cooks, waiter),
        Some(room) => bounded(room, cooks, waiter),
    }
    peak.max()
}
