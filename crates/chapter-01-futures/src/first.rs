//! While one future waits for its answer, another goes on.

// ANCHOR: program
use std::error::Error;

use futures::channel::oneshot::{self, Receiver, Sender};
use futures::executor::block_on;
use futures::join;

/// Lets Grace wait for a letter, and Ada write it: two futures on one thread.
pub fn main() -> Result<(), Box<dyn Error>> {
    let (mailbox, letter) = oneshot::channel();
    block_on(async { join!(read(letter), write(mailbox)) });
    Ok(())
}

async fn read(letter: Receiver<&str>) {
    println!("Grace waits for a letter");
    println!("Grace reads: {}", letter.await.expect("Ada sends one"));
}

async fn write(mailbox: Sender<&str>) {
    println!("Ada writes");
    mailbox.send("Dear Grace").expect("Grace waits for it");
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
