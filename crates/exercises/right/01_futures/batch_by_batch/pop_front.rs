// Moves one letter after the other, after the await.

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let batch: Vec<u32> = outbox.borrow().iter().take(3).copied().collect();
        if batch.is_empty() {
            return Ok(());
        }
        let count = batch.len();
        send(batch).await?;
        // No await from here on: the letters are moved, or they are not.
        for _ in 0..count {
            let letter = outbox.borrow_mut().pop_front().expect("nobody else takes letters");
            sent.borrow_mut().push(letter);
        }
    }
}

fn main() {
    let (outbox, sent) = (RefCell::new((1..=7).collect()), RefCell::new(Vec::new()));
    let send = async |letters| {
        println!("sending {letters:?}");
        Ok::<(), String>(())
    };
    println!("{:?}", block_on(send_all(&outbox, &sent, send)));
    println!("sent: {:?}, left: {:?}", sent.take(), outbox.take());
}
