//! An error says what failed and where, reaches the caller that decides, and becomes an exit code.
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
use std::num::ParseIntError;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs, io};

use tokio::task::JoinSet;

use crate::read_file::{Unreadable, read_file};

// ANCHOR: error
/// Why an order has no total.
#[derive(Debug)]
pub enum OrderError {
    /// Its file cannot be read.
    Unreadable(Unreadable),
    /// One of its lines is not a number of cents.
    NotAPrice {
        /// Where the order stands.
        path: PathBuf,
        /// Which line it is, counted from 1.
        line: usize,
        /// What is wrong with it.
        cause: ParseIntError,
    },
}

impl OrderError {
    /// Whether there is no such order, or not yet.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable(file) if file.cause.kind() == io::ErrorKind::NotFound)
    }
}

impl From<Unreadable> for OrderError {
    fn from(file: Unreadable) -> Self {
        Self::Unreadable(file)
    }
}
// ANCHOR_END: error

// ANCHOR: display
impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(file) => file.fmt(f),
            Self::NotAPrice { path, line, .. } => {
                write!(f, "line {line} of '{}' is not a price", path.display())
            }
        }
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(file) => file.source(),
            Self::NotAPrice { cause, .. } => Some(cause),
        }
    }
}

/// The error and all its causes, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told += &format!(": {error}");
        cause = error.source();
    }
    told
}
// ANCHOR_END: display

// ANCHOR: total
/// The total of an order: a file with a price in each line.
pub async fn total(order: &Path) -> Result<u64, OrderError> {
    let content = read_file(order).await?;
    let mut total = 0;
    for (index, price) in String::from_utf8_lossy(&content).lines().enumerate() {
        let path = order.to_owned();
        total += price.parse::<u64>().map_err(|cause| OrderError::NotAPrice {
            path,
            line: index + 1,
            cause,
        })?;
    }
    Ok(total)
}
// ANCHOR_END: total

// ANCHOR: bare
/// The same with nothing but `?`.
pub async fn bare_total(order: &Path) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let mut total = 0;
    for price in tokio::fs::read_to_string(order).await?.lines() {
        total += price.parse::<u64>()?;
    }
    Ok(total)
}
// ANCHOR_END: bare

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
        // How the task ended, then what it says.
        match end? {
            Ok(total) => sum += total,
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sum)
}
// ANCHOR_END: sum

// ANCHOR: end
/// Four ways in which a program that should add up one order may end.
pub async fn end(way: &str, order: &Path) -> Result<(), Box<dyn Error>> {
    let total = total(order).await;
    match way {
        "ignore" => drop(total),
        "print" => {
            if let Err(error) = total {
                eprintln!("error: {}", chain(&error));
            }
        }
        "unwrap" => drop(total.unwrap()),
        "return" => drop(total?),
        _ => return Err(format!("'{way}' is no way to end").into()),
    }
    Ok(())
}
// ANCHOR_END: end

/// Adds up orders, one of which has no total; then ends in four ways because of it.
///
/// With `END` in the environment, it is a program that ends in that way because of `ORDER`.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    if let (Ok(way), Some(order)) = (env::var("END"), env::var_os("ORDER")) {
        return end(&way, Path::new(&order)).await;
    }
    let folder = tempfile::tempdir()?;
    let order = |name: &str| folder.path().join(name);
    let orders = |names: [&str; 3]| totals(names.map(order));
    fs::write(order("5.txt"), "120\n250\n")?;
    fs::write(order("6.txt"), "300\n")?;
    fs::write(order("8.txt"), "450\n3OO\n")?; // two letters
    let told = |text: String| text.replace(&folder.path().display().to_string(), "orders");

    let there = sum(orders(["5.txt", "6.txt", "7.txt"])).await;
    // Without the promise it may go on: a coercion, which `?` alone does not make.
    let there = there.map_err(|error| -> Box<dyn Error> { error })?;
    println!("orders 5, 6 and 7, which is not there yet: {there}");
    let failed = sum(orders(["5.txt", "6.txt", "8.txt"])).await.expect_err("8 has two letters");
    println!("orders 5, 6 and 8, typed errors:\n  {}", told(chain(&*failed)));
    let failed = bare_total(&order("8.txt")).await.expect_err("8 has two letters");
    println!("order 8, nothing but `?`:\n  {}\n", told(chain(&*failed)));

    println!("a program that cannot add up order 8");
    println!("  {:<10}{:<18}{:<12}&& next step", "it will", "names the order", "exit code");
    for way in ["ignore", "print", "unwrap", "return"] {
        let program = env::current_exe()?;
        let child = Command::new(program)
            .arg("errors")
            .envs([("END", way.as_ref()), ("ORDER", order("8.txt").as_os_str())])
            .output()?;
        let named = String::from_utf8_lossy(&child.stderr).contains("8.txt");
        let code = child.status.code().map_or_else(|| "none".into(), |code| code.to_string());
        let named = if named { "yes" } else { "no" };
        let next = if child.status.success() { "runs" } else { "does not" };
        println!("  {way:<10}{named:<18}{code:<12}{next}");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
