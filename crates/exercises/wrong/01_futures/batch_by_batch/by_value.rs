// Takes out what has the value of what was sent: two letters that are the same are both gone after one was sent.
// => failed equal_letters_are_two_letters

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let batch: Vec<u32> = outbox.borrow().iter().copied().take(3).collect();
        if batch.is_empty() {
            return Ok(());
        }
        send(batch.clone()).await?;
        outbox.borrow_mut().retain(|letter| !batch.contains(letter));
        sent.borrow_mut().extend(batch);
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
