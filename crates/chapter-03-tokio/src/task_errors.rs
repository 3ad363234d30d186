//! A task ends with two results, one inside the other.
//!
//! A task may end on one thread and be awaited on another, so what it returns
//! must be `Send`, its error included. `Box<dyn Error>` does not promise that:
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

// ANCHOR: program
use std::error::Error;
use std::num::ParseIntError;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use tokio::task::JoinSet;

// ANCHOR: sum
/// Makes a task of each order.
pub fn totals(
    orders: impl IntoIterator<Item = PathBuf>,
) -> JoinSet<Result<u64, OrderError>> {
    orders.into_iter().map(|order| async move { total(&order).await }).collect()
}

/// The sum of all orders that are there. The first that is there and has no
/// total is an error.
pub async fn sum(
    mut orders: JoinSet<Result<u64, OrderError>>,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let mut sum = 0;
    while let Some(end) = orders.join_next().await {
        // The outer result says how the task ended, the inner one what it
        // returned.
        match end? {
            Ok(total) => sum += total,
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sum)
}
// ANCHOR_END: sum

/// Adds up orders, one of which is missing; then orders, one of which has no
/// total; then panics.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let orders =
        |names: [&str; 3]| totals(names.map(|name| folder.path().join(name)));
    fs::write(folder.path().join("5.txt"), "120\n250\n")?;
    fs::write(folder.path().join("6.txt"), "300\n")?;
    fs::write(folder.path().join("8.txt"), "450\n3OO\n")?; // two letters

    let there = sum(orders(["5.txt", "6.txt", "7.txt"])).await;
    // Without the promise it may go on: a coercion, which `?` alone does not
    // make.
    let there = there.map_err(|error| -> Box<dyn Error> { error })?;
    println!("orders 5, 6 and 7, which is not there yet: {there}");

    let failed = sum(orders(["5.txt", "6.txt", "8.txt"]))
        .await
        .expect_err("8 has two letters");
    let text = failed
        .to_string()
        .replace(&folder.path().display().to_string(), "orders");
    println!("orders 5, 6 and 8:\n  {text}");

    let mut orders = orders(["5.txt", "6.txt", "7.txt"]);
    orders.spawn(async { panic!("{NO_PAPER}") });
    let failed = sum(orders).await.expect_err("one panics");
    println!("orders 5, 6 and 7, and a task that panics:\n  {failed}");
    Ok(())
}

/// What a task says that panics on purpose.
pub const NO_PAPER: &str = "out of paper";

/// Why an order has no total. (The lesson `errors` takes more care of it.)
#[derive(Debug)]
pub enum OrderError {
    /// Its file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// This line of it, counted from 1, is not a number of cents.
    NotAPrice(PathBuf, usize, ParseIntError),
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, cause) => {
                write!(f, "cannot read '{}': {cause}", path.display())
            }
            Self::NotAPrice(path, line, cause) => {
                write!(
                    f,
                    "line {line} of '{}' is not a price: {cause}",
                    path.display()
                )
            }
        }
    }
}

impl Error for OrderError {}

// ANCHOR: missing
impl OrderError {
    /// Whether there is no such order, or not yet.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Unreadable(_, cause) => {
                cause.kind() == io::ErrorKind::NotFound
            }
            _ => false,
        }
    }
}
// ANCHOR_END: missing

/// The total of an order: a file with a price in each line.
async fn total(order: &Path) -> Result<u64, OrderError> {
    let lines = tokio::fs::read_to_string(order).await;
    let lines = lines
        .map_err(|cause| OrderError::Unreadable(order.to_owned(), cause))?;
    let prices = lines.lines().enumerate().map(|(index, price)| {
        price.parse::<u32>().map(u64::from).map_err(|error| {
            OrderError::NotAPrice(order.to_owned(), index + 1, error)
        })
    });
    prices.sum()
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
