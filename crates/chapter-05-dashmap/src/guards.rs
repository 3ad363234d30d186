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

/// Balances by name.
pub type Accounts = DashMap<String, i64>;

// ANCHOR: holding
/// Moves `amount`, and still holds the guard of `from` when it asks for `to`. Never returns if
/// both are in one shard.
pub fn transfer_holding(accounts: &Accounts, from: &str, to: &str, amount: i64) {
    let mut source = accounts.get_mut(from).expect("the account exists");
    *source -= amount;
    let mut target = accounts.get_mut(to).expect("the account exists");
    *target += amount;
}
// ANCHOR_END: holding

// ANCHOR: dropping
/// Moves `amount`, and drops the first guard before it asks for the second. In between, the
/// amount is in neither account.
pub fn transfer_dropping(accounts: &Accounts, from: &str, to: &str, amount: i64) {
    let mut source = accounts.get_mut(from).expect("the account exists");
    *source -= amount;
    drop(source);
    let mut target = accounts.get_mut(to).expect("the account exists");
    *target += amount;
}
// ANCHOR_END: dropping

// ANCHOR: trying
/// Moves `amount` if the shard of `to` is free; `false` says that nothing was changed.
pub fn transfer_trying(accounts: &Accounts, from: &str, to: &str, amount: i64) -> bool {
    let mut source = accounts.get_mut(from).expect("the account exists");
    match accounts.try_get_mut(to) {
        TryResult::Present(mut target) => {
            *source -= amount;
            *target += amount;
            true
        }
        TryResult::Absent | TryResult::Locked => false,
    }
}
// ANCHOR_END: trying

// ANCHOR: across_await
/// Waits for the approval with the account locked, and withdraws.
#[expect(clippy::await_holding_invalid_type, reason = "the bug this lesson shows")]
pub async fn withdraw_holding(accounts: &Accounts, name: &str, approval: impl Future) {
    let mut balance = accounts.get_mut(name).expect("the account exists");
    approval.await;
    *balance -= 10;
}

/// Waits for the approval with nothing locked, then withdraws.
pub async fn withdraw_after(accounts: &Accounts, name: &str, approval: impl Future) {
    approval.await;
    let mut balance = accounts.get_mut(name).expect("the account exists");
    *balance -= 10;
}
// ANCHOR_END: across_await

// ANCHOR: approve
/// Looks at the balance, then approves: it needs the account before the other may go on.
pub async fn approve(accounts: &Accounts, name: &str, approval: oneshot::Sender<()>) {
    let funded = accounts.get(name).is_some_and(|balance| *balance >= 10);
    if funded {
        // An error says that nobody waits for the answer anymore.
        let _ = approval.send(());
    }
}
// ANCHOR_END: approve

/// Moves money between accounts of one shard in three ways, then waits for an approval in two.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("from one account to another of the same shard");
    let (accounts, [from, to]) = accounts_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || transfer_holding(&accounts, from, to, 10));
    println!("  the first guard held       {}", in_words(stuck));
    let (accounts, [from, to]) = accounts_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || transfer_dropping(&accounts, from, to, 10));
    println!("  the first guard dropped    {}", in_words(stuck));
    let (accounts, [from, to]) = accounts_and_shard_mates();
    let moved = transfer_trying(&accounts, from, to, 10);
    println!("  held, with try_get_mut     done, moved: {moved}\n");

    println!("a withdrawal and its approval, in one task");
    let (accounts, [name, _]) = accounts_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || {
        let (approval, approved) = oneshot::channel();
        let withdraw = withdraw_holding(&accounts, name, approved);
        block_on(async { futures::join!(withdraw, approve(&accounts, name, approval)) });
    });
    println!("  a guard across the await   {}", in_words(stuck));
    let (accounts, [name, _]) = accounts_and_shard_mates();
    let stuck = is_stuck(PATIENCE, move || {
        let (approval, approved) = oneshot::channel();
        let withdraw = withdraw_after(&accounts, name, approved);
        block_on(async { futures::join!(withdraw, approve(&accounts, name, approval)) });
    });
    println!("  a guard after the await    {}\n", in_words(stuck));
    print_locked();
    Ok(())
}

fn print_locked() {
    println!("polled once, while it waits for the approval: is the account locked?");
    let (accounts, [name, _]) = accounts_and_shard_mates();
    let withdraw = withdraw_holding(&accounts, name, std::future::pending::<()>());
    println!("  a guard across the await   {}", locked_while_pending(&accounts, name, withdraw));
    let withdraw = withdraw_after(&accounts, name, std::future::pending::<()>());
    println!("  a guard after the await    {}", locked_while_pending(&accounts, name, withdraw));
}

// ANCHOR: pair
/// A map of three accounts in two shards, and two of the names that share a shard.
pub fn accounts_and_shard_mates() -> (Arc<Accounts>, [&'static str; 2]) {
    let accounts = Accounts::with_shard_amount(2);
    let names = ["ada", "bob", "cyd"];
    for name in names {
        accounts.insert(name.to_owned(), 100);
    }
    let mates = [["ada", "bob"], ["bob", "cyd"], ["ada", "cyd"]]
        .into_iter()
        .find(|[one, other]| {
            let _held = accounts.get_mut(*one);
            accounts.try_get(*other).is_locked()
        })
        .expect("of three accounts in two shards, two are in the same one");
    (Arc::new(accounts), mates)
}
// ANCHOR_END: pair

// ANCHOR: locked_while_pending
/// Polls `future` once by hand. Whether it has to wait, and the shard of `name` is locked meanwhile.
pub fn locked_while_pending(accounts: &Accounts, name: &str, future: impl Future) -> bool {
    let mut future = pin!(future);
    let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    poll.is_pending() && accounts.try_get(name).is_locked()
}
// ANCHOR_END: locked_while_pending

/// Whether `job` is still not done after `patience`. A thread cannot be stopped from outside: one
/// that is stuck is left behind, and ends with the process.
pub fn is_stuck(patience: Duration, job: impl FnOnce() + Send + 'static) -> bool {
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
