// Takes the letters out and then sends them: dropped meanwhile, it takes them to its grave.
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
        let count = outbox.borrow().len().min(3);
        if count == 0 {
            return Ok(());
        }
        let batch: Vec<u32> = outbox.borrow_mut().drain(..count).collect();
        if let Err(error) = send(batch.clone()).await {
            // An error is not the only way to stop.
            for letter in batch.into_iter().rev() {
                outbox.borrow_mut().push_front(letter);
            }
            return Err(error);
        }
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
