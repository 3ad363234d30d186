// Notes the letters as sent and then sends them: dropped meanwhile, they were not.
// => failed dropped_at_any_moment_it_leaves_each_letter_in_one_list

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
        sent.borrow_mut().extend(&batch);
        send(batch.clone()).await?;
        outbox.borrow_mut().drain(..batch.len());
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
