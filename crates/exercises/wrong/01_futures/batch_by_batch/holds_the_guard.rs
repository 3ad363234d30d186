// Makes the batch within the statement that awaits: the outbox stays borrowed while it is sent.
// => failed what_comes_meanwhile_is_sent_too

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let count = outbox.borrow().len().min(3);
        if count == 0 {
            return Ok(());
        }
        send(outbox.borrow().iter().take(count).copied().collect()).await?;
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
