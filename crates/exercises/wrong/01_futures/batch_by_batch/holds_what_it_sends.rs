// Takes the letters out while they are sent, and puts them back if it is dropped: meanwhile nobody sees them.
// => failed dropped_at_any_moment_it_leaves_each_letter_in_one_list

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

struct Bag<'a> {
    outbox: &'a RefCell<VecDeque<u32>>,
    letters: Vec<u32>,
}

impl Drop for Bag<'_> {
    fn drop(&mut self) {
        let mut outbox = self.outbox.borrow_mut();
        for letter in self.letters.drain(..).rev() {
            outbox.push_front(letter);
        }
    }
}

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let mut bag = Bag { outbox, letters: Vec::new() };
        {
            let mut outbox = outbox.borrow_mut();
            let count = outbox.len().min(3);
            bag.letters.extend(outbox.drain(..count));
        }
        if bag.letters.is_empty() {
            return Ok(());
        }
        send(bag.letters.clone()).await?;
        sent.borrow_mut().append(&mut bag.letters);
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
