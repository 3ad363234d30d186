//! A task ends with two results, one inside the other.
//!
//! A task may end on one thread and be awaited on another, so what it returns must be `Send`, its
//! error included. `Box<dyn Error>` does not promise that:
//!
//! ```compile_fail,E0277
//! use std::error::Error;
//!
//! async fn cents(price: &str) -> Result<u64, Box<dyn Error>> {
//!     Ok(price.parse()?)
//! }
//!
//! pub fn start() {
//!     tokio::spawn(cents("120"));
//! }
//! ```
//!
//! With the promise in its type it does:
//!
//! ```
//! use std::error::Error;
//!
//! async fn cents(price: &str) -> Result<u64, Box<dyn Error + Send + Sync>> {
//!     Ok(price.parse()?)
//! }
//!
//! pub fn start() {
//!     tokio::spawn(cents("120"));
//! }
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::{fs, io};

use tokio::task::JoinSet;

use crate::errors::{OrderError, chain, total};

// ANCHOR: missing
impl OrderError {
    /// Whether there is no such order, or not yet.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable(file) if file.cause.kind() == io::ErrorKind::NotFound)
    }
}
// ANCHOR_END: missing

// ANCHOR: sum
/// Makes a task of each order.
pub fn totals(orders: impl IntoIterator<Item = PathBuf>) -> JoinSet<Result<u64, OrderError>> {
    orders.into_iter().map(|order| async move { total(&order).await }).collect()
}

/// The sum of all orders that are there. The first that is there and has no total is an error.
pub async fn sum(
    mut orders: JoinSet<Result<u64, OrderError>>,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let mut sum = 0;
    while let Some(end) = orders.join_next().await {
        // The outer result says how the task ended, the inner one what it returned.
        match end? {
            Ok(total) => sum += total,
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sum)
}
// ANCHOR_END: sum

/// Adds up orders, one of which is missing; then orders, one of which has no total; then panics.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let orders = |names: [&str; 3]| totals(names.map(|name| folder.path().join(name)));
    fs::write(folder.path().join("5.txt"), "120\n250\n")?;
    fs::write(folder.path().join("6.txt"), "300\n")?;
    fs::write(folder.path().join("8.txt"), "450\n3OO\n")?; // two letters

    let there = sum(orders(["5.txt", "6.txt", "7.txt"])).await;
    // Without the promise it may go on: a coercion, which `?` alone does not make.
    let there = there.map_err(|error| -> Box<dyn Error> { error })?;
    println!("orders 5, 6 and 7, which is not there yet: {there}");

    let failed = sum(orders(["5.txt", "6.txt", "8.txt"])).await.expect_err("8 has two letters");
    let text = chain(&*failed).replace(&folder.path().display().to_string(), "orders");
    println!("orders 5, 6 and 8:\n  {text}");

    let _hidden = lessons::hide_panics(|_, message| message == NO_PAPER);
    let mut orders = orders(["5.txt", "6.txt", "7.txt"]);
    orders.spawn(async { panic!("{NO_PAPER}") });
    let failed = sum(orders).await.expect_err("one panics");
    println!("orders 5, 6 and 7, and a task that panics:\n  {}", chain(&*failed));
    Ok(())
}

const NO_PAPER: &str = "out of paper";

#[cfg(test)]
mod tests;
