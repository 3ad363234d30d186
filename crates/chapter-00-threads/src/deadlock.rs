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
mod tests {
    use super::*;
    use witness::{Rendezvous, within};

    const LONG: Duration = Duration::from_secs(60);

    fn is_locked(account: &Account) -> bool {
        account.balance.try_lock().is_err()
    }

    fn balances(accounts: &[Account; 2]) -> [i64; 2] {
        accounts.each_ref().map(|account| *account.balance.lock().expect("no clerk panics"))
    }

    #[test]
    fn in_two_orders_each_waits_for_the_other_and_the_watchdog_says_so() {
        let (circle, locked) = within(LONG, || {
            let (accounts, both) = (accounts(), Rendezvous::new(2));
            let circle =
                two_clerks(&accounts, transfer, move || both.meet(LONG / 2).expect("both come"));
            (circle, accounts.each_ref().map(is_locked))
        });
        let mut told: Vec<_> = circle.into_iter().flatten().map(|wait| wait.to_string()).collect();
        // The circle begins with whoever came first.
        told.sort();
        assert_eq!(
            told,
            [
                "clerk 1 holds Ada's account and waits for Bob's",
                "clerk 2 holds Bob's account and waits for Ada's"
            ]
        );
        assert_eq!(locked, [true, true], "they wait to the end of the process");
    }

    #[test]
    fn in_one_order_both_end_however_often_they_try() {
        let (circles, balances) = within(LONG, || {
            let accounts = accounts();
            let try_once = |_| two_clerks(&accounts, transfer_in_order, thread::yield_now);
            let circles = (0..20).filter_map(try_once).count();
            (circles, balances(&accounts))
        });
        assert_eq!((circles, balances), (0, [500, -300]));
    }

    #[test]
    fn in_one_order_the_lower_number_is_locked_first_whichever_way_money_goes() {
        let accounts = accounts();
        let [ada, bob] = &*accounts;
        let watch = Watch::default();
        let only_ada = || assert!(is_locked(ada) && !is_locked(bob));
        transfer_in_order(ada, bob, 10, &watch, &only_ada);
        assert_eq!(balances(&accounts), [90, 110]);
        transfer_in_order(bob, ada, 30, &watch, &only_ada);
        assert_eq!(balances(&accounts), [120, 80]);

        let only_bob = || assert!(!is_locked(ada) && is_locked(bob));
        transfer(bob, ada, 1, &watch, &only_bob);
        assert_eq!(balances(&accounts), [121, 79]);
    }

    #[test]
    fn a_transfer_to_the_same_account_is_a_circle_of_one_unless_it_is_left_out() {
        let circle = within(LONG, || {
            let (accounts, watch) = (accounts(), Arc::new(Watch::default()));
            let notes = Arc::clone(&watch);
            let to_herself = move || transfer(&accounts[0], &accounts[0], 10, &notes, &|| ());
            watched(vec![("clerk 1".to_owned(), to_herself)], &watch, Duration::from_millis(1))
        });
        let told = circle.expect("it waits for itself");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to_string(), "clerk 1 holds Ada's account and waits for Ada's");

        let balances = within(LONG, || {
            let accounts = accounts();
            let [ada, _] = &*accounts;
            transfer_in_order(ada, ada, 10, &Watch::default(), &|| ());
            balances(&accounts)
        });
        assert_eq!(balances, [100, 100]);
    }

    #[test]
    fn under_one_lock_nobody_can_wait_with_a_lock_in_hand() {
        let balances = within(LONG, || {
            let bank = Mutex::new(BTreeMap::new());
            thread::scope(|scope| {
                for (from, to, amount) in [("Ada", "Bob", 1), ("Bob", "Ada", 3), ("Ada", "Ada", 5)]
                {
                    let bank = &bank;
                    scope.spawn(move || {
                        (0..100).for_each(|_| transfer_under_one_lock(bank, from, to, amount));
                    });
                }
            });
            bank.into_inner().expect("no clerk panics")
        });
        assert_eq!(balances, BTreeMap::from([("Ada", 200), ("Bob", -200)]));
    }

    fn noted(waits: &[(&str, &'static str, &'static str)]) -> Watch {
        let wait =
            |&(clerk, holds, wants): &(&str, _, _)| Wait { clerk: clerk.into(), holds, wants };
        Watch { waiting: Mutex::new(waits.iter().map(wait).collect()) }
    }

    #[test]
    fn the_watch_tells_a_circle_from_a_queue() {
        let clerks = |watch: Watch| {
            let circle = within(LONG, move || watch.circle())?;
            Some(circle.into_iter().map(|wait| wait.clerk).collect::<Vec<_>>())
        };
        assert_eq!(clerks(noted(&[])), None);
        assert_eq!(clerks(noted(&[("1", "a", "b"), ("2", "b", "c")])), None);
        let three = [("1", "a", "b"), ("2", "b", "c"), ("3", "c", "a")];
        assert_eq!(clerks(noted(&three)).expect("a circle"), ["1", "2", "3"]);
        // The first waits for a circle without being part of it.
        let into = [("0", "z", "a"), ("1", "a", "b"), ("2", "b", "a")];
        assert_eq!(clerks(noted(&into)).expect("a circle"), ["1", "2"]);
    }

    #[test]
    fn a_wait_that_is_over_is_no_longer_noted() {
        let (accounts, watch) = (accounts(), Watch::default());
        transfer(&accounts[0], &accounts[1], 10, &watch, &|| ());
        // It is stale notes that would make a circle of this one.
        let _waits = watch.waits(&accounts[1], &accounts[0]);
        assert_eq!(watch.circle(), None);
    }
}
