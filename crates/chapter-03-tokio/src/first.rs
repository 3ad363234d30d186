//! Spawn starts a task, and await waits for its value.

// ANCHOR: program
use std::error::Error;
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Cooks two dishes at once, and waits for both.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let soup = tokio::spawn(cook("soup", 300));
    let bread = tokio::spawn(cook("bread", 200));
    println!("both have begun");

    println!("the {} is ready", soup.await?);
    println!("the {} is ready", bread.await?);
    println!("after {} ms", start.elapsed().as_millis());
    Ok(())
}

async fn cook(dish: &'static str, takes_ms: u64) -> &'static str {
    sleep(Duration::from_millis(takes_ms)).await;
    dish
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
