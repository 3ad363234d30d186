//! The mistake of the lesson `first`: two futures are made, and nobody awaits
//! them.

use futures::channel::oneshot::{self, Receiver, Sender};
use futures::executor::block_on;

#[expect(unused_must_use, reason = "the mistake that this program shows")]
fn main() {
    let (mailbox, letter) = oneshot::channel();
    block_on(async {
        read(letter);
        write(mailbox);
        println!("the letter is read");
    });
}

async fn read(letter: Receiver<&str>) {
    println!("Grace waits for a letter");
    println!("Grace reads: {}", letter.await.expect("Ada sends one"));
}

async fn write(mailbox: Sender<&str>) {
    println!("Ada writes");
    mailbox.send("Dear Grace").expect("Grace waits for it");
}
