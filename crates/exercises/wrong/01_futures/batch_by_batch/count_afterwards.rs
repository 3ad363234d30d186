// After the send it moves up to three, also those that came during the send and were never sent.
// => failed only_what_was_sent_is_moved

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    while !outbox.borrow().is_empty() {
        let batch: Vec<u32> = outbox.borrow().iter().copied().take(3).collect();
        send(batch).await?;
        let mut outbox = outbox.borrow_mut();
        let n = outbox.len().min(3);
        sent.borrow_mut().extend(outbox.drain(..n));
    }
    Ok(())
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
