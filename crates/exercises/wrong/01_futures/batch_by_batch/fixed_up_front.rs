// Makes all batches first: a letter that comes meanwhile waits for the next call.
// => failed what_comes_meanwhile_is_sent_too

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    let batches: Vec<Vec<u32>> = outbox
        .borrow()
        .iter()
        .copied()
        .collect::<Vec<_>>()
        .chunks(3)
        .map(<[u32]>::to_vec)
        .collect();
    for batch in batches {
        let count = batch.len();
        send(batch).await?;
        // No await from here on: the letters are moved, or they are not.
        sent.borrow_mut().extend(outbox.borrow_mut().drain(..count));
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
