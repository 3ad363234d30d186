//! Two locks in two orders make a circle of waiting.
//!
//! Those who hold one lock and wait for another may wait for each other, and
//! then nobody goes on.

// ANCHOR: program
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Barrier, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use tracing::info_span;

use stage::{Wait, note_waiting_for, watched};

// ANCHOR: account
/// Somebody's account.
#[derive(Debug)]
pub struct Account {
    /// The number by which accounts are ordered. No two have the same.
    pub number: u32,
    /// Whose it is.
    pub owner: &'static str,
    /// The money in it.
    pub balance: Mutex<i64>,
}
// ANCHOR_END: account

// ANCHOR: lock
impl Account {
    /// Waits until nobody else has locked the balance, and locks it.
    pub fn lock(&self) -> MutexGuard<'_, i64> {
        let waiting = note_waiting_for(self.owner);
        let balance = self.balance.lock().expect("no clerk panics");
        drop(waiting);
        balance
    }
}
// ANCHOR_END: lock

// ANCHOR: transfer
/// Moves `amount`. Locks `from`, counts the money, then locks `to`.
pub fn transfer(from: &Account, to: &Account, amount: i64, count: &dyn Fn()) {
    let mut source = from.lock();
    count();
    let mut target = to.lock();
    *source -= amount;
    *target += amount;
}
// ANCHOR_END: transfer

// ANCHOR: in_order
/// Moves `amount`. Locks the account with the lower number first, wherever the
/// money goes.
pub fn transfer_in_order(
    from: &Account,
    to: &Account,
    amount: i64,
    count: &dyn Fn(),
) {
    match from.number.cmp(&to.number) {
        Ordering::Less => transfer(from, to, amount, count),
        Ordering::Greater => transfer(to, from, -amount, count),
        // A thread that locks one account twice waits for itself.
        Ordering::Equal => {}
    }
}
// ANCHOR_END: in_order

// ANCHOR: one_lock
/// Moves `amount` between two owners. One lock holds all balances.
pub fn transfer_under_one_lock(
    bank: &Mutex<BTreeMap<&'static str, i64>>,
    from: &'static str,
    to: &'static str,
    amount: i64,
) {
    let mut balances = bank.lock().expect("no clerk panics");
    *balances.entry(from).or_default() -= amount;
    *balances.entry(to).or_default() += amount;
}
// ANCHOR_END: one_lock

/// Moves money both ways at the same time: in two orders, in one order, and
/// under one lock.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = || thread::sleep(Duration::from_millis(20));

    let timeline = timeline::timeline(
        "two orders: each holds what the other one waits for",
    );
    let two_orders = accounts();
    let both = Arc::new(Barrier::new(2));
    let circle = two_clerks(&two_orders, transfer, move || {
        both.wait();
        takes();
    });
    timeline.draw();
    tell(&two_orders, circle);

    let timeline =
        timeline::timeline("one order: one waits, and holds nothing meanwhile");
    let one_order = accounts();
    let circle = two_clerks(&one_order, transfer_in_order, takes);
    timeline.draw();
    tell(&one_order, circle);

    let bank = Mutex::new(BTreeMap::from([("Ada", 100), ("Bob", 100)]));
    thread::scope(|scope| {
        scope.spawn(|| transfer_under_one_lock(&bank, "Ada", "Bob", 10));
        scope.spawn(|| transfer_under_one_lock(&bank, "Bob", "Ada", 30));
    });
    println!("one lock for all accounts: {:?}", bank.into_inner()?);
    Ok(())
}

/// [`transfer`] or [`transfer_in_order`].
type Transfer = fn(&Account, &Account, i64, &dyn Fn());

/// Has two clerks move money between the same accounts at the same time, in
/// opposite directions. Returns the circle in which they wait, or `None` when
/// both are done.
fn two_clerks<C>(
    accounts: &Arc<[Account; 2]>,
    transfer: Transfer,
    count: C,
) -> Option<Vec<Wait>>
where
    C: Fn() + Clone + Send + 'static,
{
    let job = |(clerk, from, to, amount): (&str, usize, usize, i64)| {
        let span = info_span!(
            "transfer",
            from = accounts[from].owner,
            to = accounts[to].owner
        );
        let (accounts, count) = (Arc::clone(accounts), count.clone());
        let count = move || span.in_scope(&count);
        (clerk.to_owned(), move || {
            transfer(&accounts[from], &accounts[to], amount, &count)
        })
    };
    let jobs = [("clerk 1", 0, 1, 10), ("clerk 2", 1, 0, 30)].map(job).into();
    watched(jobs, Duration::from_millis(15))
}

/// Two accounts with 100 each.
fn accounts() -> Arc<[Account; 2]> {
    let account =
        |number, owner| Account { number, owner, balance: Mutex::new(100) };
    Arc::new([account(1, "Ada"), account(2, "Bob")])
}

fn tell(accounts: &[Account; 2], circle: Option<Vec<Wait>>) {
    match circle {
        Some(circle) => {
            println!("the watchdog found a circle:");
            circle.iter().for_each(|wait| println!("  {wait}"));
        }
        None => println!("the watchdog found no circle, and both are done"),
    }
    let balance = |account: &Account| match account.balance.try_lock() {
        Ok(balance) => format!("{} has {balance}", account.owner),
        Err(_) => format!("{}'s account is locked", account.owner),
    };
    println!("{}\n", accounts.each_ref().map(balance).join(", "));
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
