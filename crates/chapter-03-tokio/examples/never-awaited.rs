//! The mistake of the lesson `first`: nobody awaits the task, so the program
//! ends first.

use std::time::Duration;

use tokio::time::sleep;

#[tokio::main]
async fn main() {
    tokio::spawn(async {
        // A soup that takes an hour.
        sleep(Duration::from_hours(1)).await;
        println!("the soup is ready");
    });
    println!("the soup has begun");
}
