//! A guard is a held lock.
//!
//! A thread that keeps one and asks for the same shard again waits for itself.

// ANCHOR: program
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use dashmap::DashMap;
use dashmap::try_result::TryResult;
use futures::channel::oneshot;
use futures::executor::block_on;

/// The number of visits to each page.
pub type Visits = DashMap<String, u64>;

// ANCHOR: holding
/// Moves `number` visits, and still holds the guard of `from` when it asks for
/// `to`. Never returns if both are in one shard.
pub fn move_holding(visits: &Visits, from: &str, to: &str, number: u64) {
    let mut source = visits.get_mut(from).expect("the page exists");
    *source -= number;
    let mut target = visits.get_mut(to).expect("the page exists");
    *target += number;
}
// ANCHOR_END: holding

// ANCHOR: dropping
/// Moves `number` visits, and drops the first guard before it asks for the
/// second. In between, they are counted for neither page.
pub fn move_dropping(visits: &Visits, from: &str, to: &str, number: u64) {
    let mut source = visits.get_mut(from).expect("the page exists");
    *source -= number;
    drop(source);
    let mut target = visits.get_mut(to).expect("the page exists");
    *target += number;
}
// ANCHOR_END: dropping

// ANCHOR: trying
/// Moves `number` visits if the shard of `to` is free; `false` says that
/// nothing was changed.
pub fn move_trying(visits: &Visits, from: &str, to: &str, number: u64) -> bool {
    let mut source = visits.get_mut(from).expect("the page exists");
    match visits.try_get_mut(to) {
        TryResult::Present(mut target) => {
            *source -= number;
            *target += number;
            true
        }
        TryResult::Absent | TryResult::Locked => false,
    }
}
// ANCHOR_END: trying

// ANCHOR: across_await
/// Waits for the approval with the page locked, and removes ten visits.
#[expect(
    clippy::await_holding_invalid_type,
    reason = "the bug this lesson shows"
)]
pub async fn remove_holding(
    visits: &Visits,
    page: &str,
    approval: impl Future,
) {
    let mut count = visits.get_mut(page).expect("the page exists");
    approval.await;
    *count -= 10;
}

/// Waits for the approval with nothing locked, then removes ten visits.
pub async fn remove_after(visits: &Visits, page: &str, approval: impl Future) {
    approval.await;
    let mut count = visits.get_mut(page).expect("the page exists");
    *count -= 10;
}
// ANCHOR_END: across_await

// ANCHOR: approve
/// Looks at the count, then approves: it needs the page before the other may go
/// on.
pub async fn approve(
    visits: &Visits,
    page: &str,
    approval: oneshot::Sender<()>,
) {
    let enough = visits.get(page).is_some_and(|count| *count >= 10);
    if enough {
        // An error says that nobody waits for the answer anymore.
        let _ = approval.send(());
    }
}
// ANCHOR_END: approve

/// Moves visits between pages of one shard in three ways, then waits for an
/// approval in two.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("from one page to another of the same shard");
    let (visits, [from, to]) = visits_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || move_holding(&visits, from, to, 10));
    println!("  the first guard held       {}", in_words(stuck));
    let (visits, [from, to]) = visits_and_shard_mates();
    let stuck =
        is_stuck(PATIENCE, move || move_dropping(&visits, from, to, 10));
    println!("  the first guard dropped    {}", in_words(stuck));
    let (visits, [from, to]) = visits_and_shard_mates();
    let moved = move_trying(&visits, from, to, 10);
    println!("  held, with try_get_mut     done, moved: {moved}\n");

    println!("a removal and its approval, in one task");
    let (visits, [page, _]) = visits_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || {
        let (approval, approved) = oneshot::channel();
        let remove = remove_holding(&visits, page, approved);
        block_on(async {
            futures::join!(remove, approve(&visits, page, approval))
        });
    });
    println!("  a guard across the await   {}", in_words(stuck));
    let (visits, [page, _]) = visits_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || {
        let (approval, approved) = oneshot::channel();
        let remove = remove_after(&visits, page, approved);
        block_on(async {
            futures::join!(remove, approve(&visits, page, approval))
        });
    });
    println!("  a guard after the await    {}\n", in_words(stuck));
    print_locked();
    Ok(())
}

fn print_locked() {
    println!(
        "polled once, while it waits for the approval: is the page locked?"
    );
    let (visits, [page, _]) = visits_and_shard_mates();
    let remove = remove_holding(&visits, page, std::future::pending::<()>());
    println!(
        "  a guard across the await   {}",
        locked_while_pending(&visits, page, remove)
    );
    let remove = remove_after(&visits, page, std::future::pending::<()>());
    println!(
        "  a guard after the await    {}",
        locked_while_pending(&visits, page, remove)
    );
}

// ANCHOR: pair
/// A map of three pages in two shards, and two of the pages that share a shard.
pub fn visits_and_shard_mates() -> (Arc<Visits>, [&'static str; 2]) {
    let visits = Visits::with_shard_amount(2);
    for page in ["home", "prices", "about"] {
        visits.insert(page.to_owned(), 100);
    }
    let mates = [["home", "prices"], ["prices", "about"], ["home", "about"]]
        .into_iter()
        .find(|[one, other]| {
            let _held = visits.get_mut(*one);
            visits.try_get(*other).is_locked()
        })
        .expect("of three pages in two shards, two are in the same one");
    (Arc::new(visits), mates)
}
// ANCHOR_END: pair

// ANCHOR: locked_while_pending
/// Polls `future` once by hand. Returns whether it has to wait while the shard
/// of `page` is locked.
pub fn locked_while_pending(
    visits: &Visits,
    page: &str,
    future: impl Future,
) -> bool {
    let mut future = pin!(future);
    let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    poll.is_pending() && visits.try_get(page).is_locked()
}
// ANCHOR_END: locked_while_pending

/// Whether `job` is still not done after `patience`. A thread cannot be stopped
/// from outside: one that is stuck is left behind, and ends with the process.
pub fn is_stuck(
    patience: Duration,
    job: impl FnOnce() + Send + 'static,
) -> bool {
    let (done, watchdog) = mpsc::channel();
    thread::spawn(move || {
        job();
        // An error says that the watchdog has given up.
        let _ = done.send(());
    });
    watchdog.recv_timeout(patience) == Err(RecvTimeoutError::Timeout)
}

/// The patience of the lesson's watchdogs.
const PATIENCE: Duration = Duration::from_millis(300);

fn in_words(stuck: bool) -> &'static str {
    if stuck { "STUCK" } else { "done" }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
