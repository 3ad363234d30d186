//! Rust brings futures, and leaves it to you to poll them.
//!
//! An `.await` in an ordinary function has nobody to give the thread back to:
//!
//! ```compile_fail,E0728
//! async fn breakfast() -> String {
//!     "hot tea".to_owned()
//! }
//!
//! fn main() {
//!     println!("{}", breakfast().await);
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a breakfast by hand, once.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mut breakfast = pin!(breakfast());
    match breakfast.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(meal) => println!("ready: {meal}"),
        Poll::Pending => println!("not yet"),
    }
    Ok(())
}

async fn breakfast() -> String {
    let tea = cook("tea").await;
    let toast = cook("toast").await;
    format!("{tea} and {toast}")
}

async fn cook(dish: &str) -> String {
    println!("cooking {dish}");
    format!("hot {dish}")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
