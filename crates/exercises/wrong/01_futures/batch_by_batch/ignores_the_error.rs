// Does not look at what send returns: letters that were never sent are noted as sent.
// => failed an_error_ends_it_and_leaves_the_letters

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
        let _ = send(batch).await;
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
