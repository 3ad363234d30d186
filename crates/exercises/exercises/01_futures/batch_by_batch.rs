// Send all letters from the outbox, in order, until it is empty: each time the first three, or all
// if there are fewer. Move what was sent to `sent`. If `send` fails, stop with its error; the rest
// stays in the outbox. Two letters may be equal.
//
// What is wanted: `send_all` may be dropped at any moment, and be called again later. No letter is
// lost, and none is in both lists (though it may be sent twice). Meanwhile others may put letters
// at the end of the outbox, or look at both lists: each letter is in one of them, also while it is
// sent. Nobody else takes letters out.
//
// How it is judged: dropped after every number of polls, it must leave each letter in one list.
//
// Lesson: chapter-01 cancel

use futures::executor::block_on;
use std::cell::RefCell;
use std::collections::VecDeque;

async fn send_all<E>(
    outbox: &RefCell<VecDeque<u32>>,
    sent: &RefCell<Vec<u32>>,
    send: impl AsyncFn(Vec<u32>) -> Result<(), E>,
) -> Result<(), E> {
    // TODO: leave every letter in one of the two lists at every await.
    todo!()
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(20);

    type Outbox = RefCell<VecDeque<u32>>;
    type Sent = RefCell<Vec<u32>>;

    fn seven() -> (Outbox, Sent) {
        (RefCell::new((1..=7).collect()), RefCell::new(Vec::new()))
    }

    /// Waits twice, as long as it takes to be polled again.
    async fn slowly(_: Vec<u32>) -> Result<(), u32> {
        futures::pending!();
        futures::pending!();
        Ok(())
    }

    /// Sends, and is dropped after so many polls. Returns both lists, the letters sent first, and
    /// whether it had ended.
    fn dropped_after(polls: usize) -> (Vec<u32>, Vec<u32>, bool) {
        within(LIMIT, move || {
            let (outbox, sent) = seven();
            let mut ended = false;
            {
                let mut sending = pin!(send_all(&outbox, &sent, slowly));
                for _ in 0..polls {
                    let polled = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    // Nobody holds a list while it waits, nor a letter.
                    let (outbox, sent) = (outbox.borrow_mut(), sent.borrow_mut());
                    assert_eq!(outbox.len() + sent.len(), 7, "letters that others see meanwhile");
                    ended = polled.is_ready();
                }
            }
            (sent.take(), outbox.take().into(), ended)
        })
    }

    #[test]
    fn dropped_at_any_moment_it_leaves_each_letter_in_one_list() {
        let all: Vec<u32> = (1..=7).collect();
        // Three batches wait twice each: after the seventh poll it has ended.
        for polls in 0..=7 {
            let (sent, left, ended) = dropped_after(polls);
            assert_eq!([&sent[..], &left].concat(), all, "sent, then left, after {polls} polls");
            assert_eq!(ended, polls == 7, "whether it had ended after {polls} polls");
        }
    }

    #[test]
    fn a_batch_is_moved_as_soon_as_it_is_sent() {
        let moved: Vec<usize> = (0..=7).map(|polls| dropped_after(polls).0.len()).collect();
        assert_eq!(moved, [0, 0, 0, 3, 3, 6, 6, 7], "letters sent after 0 polls, 1, 2, …");
    }

    #[test]
    fn what_comes_meanwhile_is_sent_too() {
        let (sent, batches) = within(LIMIT, || {
            let ((outbox, sent), batches) = (seven(), Log::new());
            let send = async |letters: Vec<u32>| {
                let first = batches.is_empty();
                batches.push(letters);
                if first {
                    outbox.borrow_mut().extend([8, 9]);
                    assert!(sent.borrow_mut().is_empty());
                }
                Ok::<(), ()>(())
            };
            assert_eq!(block_on(send_all(&outbox, &sent, send)), Ok(()));
            assert!(outbox.borrow().is_empty());
            (sent.take(), batches.events())
        });
        assert_eq!(sent, (1..=9).collect::<Vec<_>>());
        assert_eq!(batches, [vec![1, 2, 3], vec![4, 5, 6], vec![7, 8, 9]]);
    }

    #[test]
    fn only_what_was_sent_is_moved() {
        // With each batch one more letter comes, until the ninth.
        for count in 1..=4 {
            let (sent, batches) = within(LIMIT, move || {
                let outbox: Outbox = RefCell::new((1..=count).collect());
                let (sent, batches, mut next) = (RefCell::default(), Log::new(), count);
                let next = RefCell::new(&mut next);
                let send = async |letters: Vec<u32>| {
                    batches.push(letters);
                    if **next.borrow() < 9 {
                        **next.borrow_mut() += 1;
                        outbox.borrow_mut().push_back(**next.borrow());
                    }
                    Ok::<(), ()>(())
                };
                assert_eq!(block_on(send_all(&outbox, &sent, send)), Ok(()));
                (sent.take(), batches.events())
            });
            assert_eq!(sent, (1..=9).collect::<Vec<_>>());
            assert_eq!(batches.concat(), sent, "what was given to `send`, and what was moved");
        }
    }

    #[test]
    fn equal_letters_are_two_letters() {
        let (sent, batches) = within(LIMIT, || {
            let letters = [5, 5, 5, 5, 5, 1, 5, 1];
            let (outbox, sent) = (RefCell::new(letters.into()), RefCell::default());
            let batches = Log::new();
            let send = async |letters: Vec<u32>| {
                batches.push(letters);
                Ok::<(), ()>(())
            };
            assert_eq!(block_on(send_all(&outbox, &sent, send)), Ok(()));
            (sent.take(), batches.events())
        });
        assert_eq!(sent, [5, 5, 5, 5, 5, 1, 5, 1]);
        assert_eq!(batches, [vec![5, 5, 5], vec![5, 5, 1], vec![5, 1]]);
    }

    #[test]
    fn an_error_ends_it_and_leaves_the_letters() {
        let (result, sent, left, batches) = within(LIMIT, || {
            let ((outbox, sent), batches) = (seven(), Log::new());
            let send = async |letters: Vec<u32>| {
                batches.push(letters.len());
                if batches.len() == 2 { Err("the line is dead") } else { Ok(()) }
            };
            let result = block_on(send_all(&outbox, &sent, send));
            (result, sent.take(), outbox.take(), batches.events())
        });
        assert_eq!(result, Err("the line is dead"));
        assert_eq!((sent, left), (vec![1, 2, 3], VecDeque::from([4, 5, 6, 7])));
        assert_eq!(batches, [3, 3], "after the error nothing more is sent");
    }
}
