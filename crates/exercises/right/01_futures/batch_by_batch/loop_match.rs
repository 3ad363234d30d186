// Loop, match, pop_front.

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let batch = outbox.borrow().iter().take(3).copied().collect::<Vec<_>>();
        let count = batch.len();
        if count == 0 {
            break Ok(());
        }
        match send(batch).await {
            Ok(()) => {
                let (mut outbox, mut sent) = (outbox.borrow_mut(), sent.borrow_mut());
                sent.extend((0..count).filter_map(|_| outbox.pop_front()));
            }
            Err(error) => break Err(error),
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
