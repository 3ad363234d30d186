// The look at the outbox is a function of its own.

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

fn first_three(outbox: &VecDeque<u32>) -> Vec<u32> {
    outbox.range(..outbox.len().min(3)).copied().collect()
}

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let batch = first_three(&outbox.borrow());
        if batch.is_empty() {
            return Ok(());
        }
        let count = batch.len();
        send(batch).await?;
        // No await from here on: the letters are moved, or they are not.
        sent.borrow_mut().extend(outbox.borrow_mut().drain(..count));
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
