use super::*;
use futures::channel::oneshot;
use futures::future::join_all;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::task::{Context, Poll, Waker};
use witness::{Drops, Log, PATIENT, Peak, Polls, Rendezvous, within};

/// Waits for one more poll, and asks for it immediately.
async fn pause() {
    let mut paused = false;
    poll_fn(|cx| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// An answer that counts what is under way.
async fn counted(peak: &Peak, letter: usize) -> usize {
    let _under_way = peak.enter();
    pause().await;
    letter
}

/// Polls `future` a few times, woken or not.
fn is_stuck(future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..10).all(|_| future.as_mut().poll(&mut context).is_pending())
}

#[test]
fn the_bound_is_kept_and_used() {
    for bound in 1..=8 {
        let (peak, answers) = within(PATIENT, move || {
            let peak = Peak::new();
            let answers =
                block_on(a_few_at_a_time(bound, 1..=20, async |letter| {
                    counted(&peak, letter).await
                }));
            (peak, answers)
        });
        assert_eq!((peak.max(), peak.total()), (bound, 20));
        let mut answers = answers;
        answers.sort_unstable();
        assert!(answers.into_iter().eq(1..=20));
    }
}

#[test]
fn a_loop_has_one_under_way_and_all_at_once_has_all() {
    let (in_a_loop, at_once) = within(PATIENT, || {
        let (in_a_loop, at_once) = (Peak::new(), Peak::new());
        block_on(one_by_one(1..=20, async |letter| {
            counted(&in_a_loop, letter).await
        }));
        block_on(all_at_once(1..=20, async |letter| {
            counted(&at_once, letter).await
        }));
        (in_a_loop, at_once)
    });
    assert_eq!((in_a_loop.max(), in_a_loop.total()), (1, 20));
    assert_eq!((at_once.max(), at_once.total()), (20, 20));
}

#[test]
fn answers_that_wait_for_each_other_come_only_together() {
    let waiting = || {
        let all_three = Rendezvous::new(3);
        async move |_| all_three.meet_async().await
    };
    assert!(is_stuck(one_by_one(1..=3, waiting())));
    assert!(is_stuck(a_few_at_a_time(2, 1..=3, waiting())));
    assert!(!is_stuck(a_few_at_a_time(3, 1..=3, waiting())));
    assert!(!is_stuck(all_at_once(1..=3, waiting())));
}

/// Senders by letter, and answers that come when their senders send.
fn by_hand()
-> (BTreeMap<usize, oneshot::Sender<()>>, impl AsyncFn(usize) -> usize) {
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..3).map(|_| oneshot::channel()).unzip();
    let receivers = RefCell::new(BTreeMap::from_iter((1..).zip(receivers)));
    let answer = async move |letter| {
        let receiver =
            receivers.borrow_mut().remove(&letter).expect("asked for once");
        receiver.await.expect("the test sends");
        letter
    };
    (BTreeMap::from_iter((1..).zip(senders)), answer)
}

fn send(senders: &mut BTreeMap<usize, oneshot::Sender<()>>, letter: usize) {
    senders.remove(&letter).expect("not sent yet").send(()).expect("it waits");
}

#[test]
fn answers_are_taken_in_the_order_they_come() {
    let mut context = Context::from_waker(Waker::noop());
    for bounded in [false, true] {
        let (mut senders, answer) = by_hand();
        let mut answers = pin!(async {
            if bounded {
                a_few_at_a_time(3, 1..=3, answer).await
            } else {
                all_at_once(1..=3, answer).await
            }
        });
        for letter in [2, 3, 1] {
            assert!(answers.as_mut().poll(&mut context).is_pending());
            send(&mut senders, letter);
        }
        assert_eq!(
            answers.as_mut().poll(&mut context),
            Poll::Ready(vec![2, 3, 1])
        );
    }
}

#[test]
fn join_polls_everyone_and_futures_unordered_only_who_was_woken() {
    let mut context = Context::from_waker(Waker::noop());
    for (joined, expected) in [(true, (6, 2)), (false, (4, 0))] {
        let polls = Polls::new();
        let (mut senders, answer) = by_hand();
        let answer = async |letter| polls.watch(answer(letter)).await;
        let mut answers = pin!(async {
            if joined {
                join_all((1..=3).map(&answer)).await
            } else {
                all_at_once(1..=3, &answer).await
            }
        });
        assert!(answers.as_mut().poll(&mut context).is_pending());
        assert_eq!(polls.count(), 3);
        send(&mut senders, 2);
        assert!(answers.as_mut().poll(&mut context).is_pending());
        assert_eq!((polls.count(), polls.spurious()), expected);
    }
}

#[test]
fn join_all_polls_everyone_up_to_30_and_above_only_who_was_woken() {
    let mut context = Context::from_waker(Waker::noop());
    for (futures, expected) in [(30, 495), (31, 62), (1_000, 2_000)] {
        let polls = Polls::new();
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..futures).map(|_| oneshot::channel::<()>()).unzip();
        let mut all =
            pin!(join_all(receivers.into_iter().map(|it| polls.watch(it))));
        for sender in senders {
            assert!(all.as_mut().poll(&mut context).is_pending());
            sender.send(()).expect("it waits");
        }
        assert!(all.as_mut().poll(&mut context).is_ready());
        assert_eq!(polls.count(), expected, "{futures} futures");
    }
}

#[test]
fn the_loser_is_dropped_unfinished() {
    let (answer, drops) = within(PATIENT, || {
        let drops = Drops::new();
        let (winner, loser) = (drops.guard(), drops.guard());
        let far = async {
            pending::<()>().await;
            loser.finish();
            "far"
        };
        let near = async {
            pause().await;
            winner.finish();
            "near"
        };
        (block_on(first(far, near)), drops)
    });
    assert_eq!(answer, "near");
    assert_eq!((drops.finished(), drops.canceled(), drops.alive()), (1, 1, 0));
}

#[test]
fn a_loser_does_nothing_more() {
    let log = Log::new();
    let seen = log.clone();
    within(PATIENT, move || {
        let steps = async |name, steps| {
            for step in 1..=steps {
                log.push((name, step));
                pause().await;
            }
        };
        block_on(first(steps("far", 5), steps("near", 2)));
    });
    assert_eq!(
        seen.events(),
        [("far", 1), ("near", 1), ("far", 2), ("near", 2), ("far", 3)]
    );
}

#[test]
fn every_answer_comes_on_the_thread_that_asks() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        // A timeline records the whole process, so this one has a label of its
        // own.
        let answer = async |letter| {
            pause().instrument(info_span!("answer", test = letter)).await
        };
        block_on(a_few_at_a_time(2, 71..=73, answer));
        timeline.finish()
    });
    let [one, two, three] = [71, 72, 73].map(|letter| {
        recording
            .row(&format!("answer test={letter}"))
            .expect("each letter has a row")
    });
    assert!(one.overlaps(two) && !one.ran_beside(two));
    assert!(!one.overlaps(three));
    assert!(one.threads() == two.threads() && two.threads() == three.threads());
}
