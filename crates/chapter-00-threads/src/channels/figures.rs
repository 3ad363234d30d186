//! Counts the guests that wait.

use std::error::Error;
use std::time::Duration;

use witness::Peak;

use super::{bounded, door, seat, unbounded};

/// Seats guests through both channels, and counts how many were let in and not
/// yet seated.
pub(crate) fn print() -> Result<(), Box<dyn Error>> {
    println!("\nmost guests at once, of 24 that 2 doors let in in 2 ms each");
    println!("  seating takes   unbounded   room for 2");
    for seating in [2, 4, 8] {
        let [unbounded, bounded] =
            [None, Some(2)].map(|room| most_at_once(room, seating));
        println!("  {seating:>10} ms {unbounded:>11} {bounded:>12}");
    }
    Ok(())
}

/// Seats 24 guests from two doors through a channel with this room, or with no
/// bound. Returns how many were let in and not yet seated, at most.
fn most_at_once(room: Option<usize>, seating: u64) -> usize {
    let (peak, ms) = (Peak::new(), Duration::from_millis);
    let doors =
        [1, 2].map(|number| door(number, 12, ms(2), || peak.enter())).into();
    let usher = |guest| seat(guest, ms(seating));
    match room {
        None => unbounded(doors, usher),
        Some(room) => bounded(room, doors, usher),
    }
    peak.max()
}
