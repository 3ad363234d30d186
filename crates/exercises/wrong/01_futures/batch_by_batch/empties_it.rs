// Copies all and clears the outbox in the end: what came meanwhile is cleared, too.
// => failed what_comes_meanwhile_is_sent_too

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    let letters: Vec<u32> = outbox.borrow().iter().copied().collect();
    for batch in letters.chunks(3) {
        send(batch.to_vec()).await?;
    }
    sent.borrow_mut().extend(letters);
    outbox.borrow_mut().clear();
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
