//! An error says what failed, and where.

// ANCHOR: program
use std::error::Error;
use std::num::ParseIntError;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

// ANCHOR: error
/// Why an order has no total.
#[derive(Debug)]
pub enum OrderError {
    /// Its file cannot be read.
    Unreadable(Unreadable),
    /// One of its lines is not a number of cents.
    NotAPrice {
        /// The order's file.
        path: PathBuf,
        /// The line's number, counted from 1.
        line: usize,
        /// The error of the number's parser.
        cause: ParseIntError,
    },
}

/// A file that could not be read: which one, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// The file, as it was asked for.
    pub path: PathBuf,
    /// The reason that the operating system gave.
    pub cause: io::Error,
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
            Self::Unreadable(file) => {
                write!(f, "cannot read '{}'", file.path.display())
            }
            Self::NotAPrice { path, line, .. } => {
                write!(f, "line {line} of '{}' is not a price", path.display())
            }
        }
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(file) => Some(&file.cause),
            Self::NotAPrice { cause, .. } => Some(cause),
        }
    }
}

/// The error and all its causes, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
// ANCHOR_END: display

// ANCHOR: total
/// The total of an order: a file with a price in each line.
pub async fn total(order: &Path) -> Result<u64, OrderError> {
    let mut total = 0;
    for (index, price) in read(order).await?.lines().enumerate() {
        let path = order.to_owned();
        // A `u64` has room for four billion prices of 32 bits.
        total += u64::from(price.parse::<u32>().map_err(|cause| {
            OrderError::NotAPrice { path, line: index + 1, cause }
        })?);
    }
    Ok(total)
}

async fn read(path: &Path) -> Result<String, Unreadable> {
    let content = tokio::fs::read_to_string(path).await;
    content.map_err(|cause| Unreadable { path: path.to_owned(), cause })
}
// ANCHOR_END: total

// ANCHOR: bare
/// The same with nothing but `?`.
pub async fn bare_total(order: &Path) -> Result<u64, Box<dyn Error>> {
    let mut total = 0;
    for price in tokio::fs::read_to_string(order).await?.lines() {
        total += u64::from(price.parse::<u32>()?);
    }
    Ok(total)
}
// ANCHOR_END: bare

/// Adds up three orders, two of which have no total, with errors that say where
/// and without.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let order = |name: &str| folder.path().join(name);
    fs::write(order("5.txt"), "120\n250\n")?;
    fs::write(order("8.txt"), "450\n3OO\n")?; // two letters
    let short = |text: String| {
        text.replace(&folder.path().display().to_string(), "orders")
    };

    println!("order 5: {}\n", total(&order("5.txt")).await?);
    for (number, name) in [(8, "8.txt"), (9, "9.txt")] {
        let typed = total(&order(name)).await.expect_err("it has no total");
        let bare = bare_total(&order(name)).await.expect_err("it has no total");
        println!("order {number}, typed errors:\n  {}", short(chain(&typed)));
        println!(
            "order {number}, nothing but `?`:\n  {}",
            short(chain(&*bare))
        );
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
