//! Those who hold one lock and wait for another may wait in a circle, and then nobody goes on.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::info_span;

use crate::threads::start;

// ANCHOR: account
/// Somebody's account.
#[derive(Debug)]
pub struct Account {
    /// What accounts are ordered by. No two have the same.
    pub number: u32,
    /// Whose it is.
    pub owner: &'static str,
    /// What is in it.
    pub balance: Mutex<i64>,
}
// ANCHOR_END: account

// ANCHOR: transfer
/// Moves `amount`. Locks `from`, counts the money, then locks `to`.
pub fn transfer(from: &Account, to: &Account, amount: i64, watch: &Watch, count: &dyn Fn()) {
    let mut source = from.balance.lock().expect("no clerk panics");
    count();
    let waits = watch.waits(from, to);
    let mut target = to.balance.lock().expect("no clerk panics");
    drop(waits);
    *source -= amount;
    *target += amount;
}
// ANCHOR_END: transfer

// ANCHOR: in_order
/// Moves `amount`. Locks the account with the lower number first, wherever the money goes.
pub fn transfer_in_order(
    from: &Account,
    to: &Account,
    amount: i64,
    watch: &Watch,
    count: &dyn Fn(),
) {
    match from.number.cmp(&to.number) {
        Ordering::Less => transfer(from, to, amount, watch, count),
        Ordering::Greater => transfer(to, from, -amount, watch, count),
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

// ANCHOR: watch
/// Who waits, as noted by those who do.
#[derive(Debug, Default)]
pub struct Watch {
    waiting: Mutex<Vec<Wait>>,
}

/// That a clerk, who holds one account, waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    clerk: String,
    holds: &'static str,
    wants: &'static str,
}

impl Watch {
    /// Notes that this thread holds one account and waits for the other, until the note is dropped.
    pub fn waits(&self, holds: &Account, wants: &Account) -> Note<'_> {
        let clerk = thread::current().name().unwrap_or("somebody").to_owned();
        let wait = Wait { clerk, holds: holds.owner, wants: wants.owner };
        self.waiting.lock().expect("nobody panics").push(wait.clone());
        Note { watch: self, wait }
    }

    /// Returns a circle of clerks each of whom waits for what the next one holds, if there is one.
    pub fn circle(&self) -> Option<Vec<Wait>> {
        let waiting = self.waiting.lock().expect("nobody panics");
        let holder = |account| waiting.iter().find(|wait| wait.holds == account);
        waiting.iter().find_map(|first| {
            let mut chain = vec![first.clone()];
            let mut next = holder(first.wants)?;
            while next != first {
                if chain.contains(next) {
                    // This one waits for a circle, and is not in it.
                    return None;
                }
                chain.push(next.clone());
                next = holder(next.wants)?;
            }
            Some(chain)
        })
    }
}
// ANCHOR_END: watch

/// A note on a [`Watch`], taken back when it is dropped.
#[derive(Debug)]
#[must_use = "the note is taken back when this is dropped"]
pub struct Note<'a> {
    watch: &'a Watch,
    wait: Wait,
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        self.watch.waiting.lock().expect("nobody panics").retain(|wait| *wait != self.wait);
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wait { clerk, holds, wants } = self;
        write!(f, "{clerk} holds {holds}'s account and waits for {wants}'s")
    }
}

// ANCHOR: watched
/// Runs the jobs and looks at the watch `every` now and then. Returns when all jobs have ended, or
/// with the circle in which some of them wait.
pub fn watched<J>(jobs: Vec<(String, J)>, watch: &Watch, every: Duration) -> Option<Vec<Wait>>
where
    J: FnOnce() + Send + 'static,
{
    let clerks = start(jobs);
    while !clerks.iter().all(JoinHandle::is_finished) {
        if let Some(circle) = watch.circle() {
            // Nobody can stop them from outside: without their handles, they end with the process.
            return Some(circle);
        }
        thread::sleep(every);
    }
    None
}
// ANCHOR_END: watched

/// [`transfer`] or [`transfer_in_order`].
pub type Way = fn(&Account, &Account, i64, &Watch, &dyn Fn());

/// Has two clerks move money between the same accounts at the same time, in opposite directions.
/// Returns the circle in which they wait, or `None` when both are done.
pub fn two_clerks<C>(accounts: &Arc<[Account; 2]>, way: Way, count: C) -> Option<Vec<Wait>>
where
    C: Fn() + Clone + Send + 'static,
{
    let watch = Arc::new(Watch::default());
    let job = |(clerk, from, to, amount): (&str, usize, usize, i64)| {
        let span = info_span!("transfer", from = accounts[from].owner, to = accounts[to].owner);
        let (accounts, watch, count) = (Arc::clone(accounts), Arc::clone(&watch), count.clone());
        let count = move || span.in_scope(&count);
        (clerk.to_owned(), move || way(&accounts[from], &accounts[to], amount, &watch, &count))
    };
    let jobs = [("clerk 1", 0, 1, 10), ("clerk 2", 1, 0, 30)].map(job).into();
    watched(jobs, &watch, Duration::from_millis(15))
}

/// Two accounts with 100 each.
fn accounts() -> Arc<[Account; 2]> {
    let account = |number, owner| Account { number, owner, balance: Mutex::new(100) };
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

/// Moves money both ways at the same time: in two orders, in one order, and under one lock.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = || thread::sleep(Duration::from_millis(20));

    let timeline = lessons::timeline("two orders: each holds what the other one waits for");
    let two_orders = accounts();
    let both = Arc::new(Barrier::new(2));
    let circle = two_clerks(&two_orders, transfer, move || {
        both.wait();
        takes();
    });
    timeline.draw();
    tell(&two_orders, circle);

    let timeline = lessons::timeline("one order: one waits, and holds nothing meanwhile");
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

#[cfg(test)]
mod tests;
