//! An async fn that awaits itself needs a box.
//!
//! A future holds those it awaits. One that awaits its like would hold itself,
//! and be endlessly large:
//!
//! ```compile_fail,E0733
//! async fn count_down(from: u32) {
//!     if from > 0 {
//!         count_down(from - 1).await;
//!     }
//! }
//! ```
//!
//! Behind a box it holds a pointer instead:
//!
//! ```
//! async fn count_down(from: u32) {
//!     if from > 0 {
//!         Box::pin(count_down(from - 1)).await;
//!     }
//! }
//! ```

// ANCHOR: program
use std::error::Error;

use futures::executor::block_on;

// ANCHOR: weigh
/// Something with a weight of its own, and with others in it.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    /// Its own weight.
    pub weight: u64,
    /// The parcels in it.
    pub inside: Vec<Parcel>,
}

/// Returns the weight of all together.
pub async fn weigh(parcel: &Parcel) -> u64 {
    let mut sum = parcel.weight;
    for inner in &parcel.inside {
        sum += Box::pin(weigh(inner)).await;
    }
    sum
}
// ANCHOR_END: weigh

/// Weighs a parcel with a parcel in it, and says how large the future is.
pub fn main() -> Result<(), Box<dyn Error>> {
    let book = Parcel { weight: 20, ..Parcel::default() };
    let small =
        Parcel { weight: 100, inside: vec![book.clone(), book.clone()] };
    let large = Parcel { weight: 500, inside: vec![small, book] };
    println!("the parcels weigh {} g", block_on(weigh(&large)));
    println!(
        "size of the future, whatever is in the parcel: {} bytes",
        size_of_val(&weigh(&large))
    );
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
