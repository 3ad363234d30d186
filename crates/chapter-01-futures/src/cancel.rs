//! Dropping a future stops it at an await.
//!
//! What it holds there is dropped with it.

// ANCHOR: program
use std::cell::RefCell;
use std::collections::VecDeque;
use std::error::Error;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{Either, join, select};
use futures::pending;
use tracing::{Instrument, info_span};

// ANCHOR: careless
/// Takes each letter, stamps it, files it.
pub async fn careless(office: &RefCell<Office>, stamp: impl AsyncFn(u32)) {
    loop {
        let taken = office.borrow_mut().tray.pop_front();
        let Some(letter) = taken else { return };
        stamp(letter).await;
        office.borrow_mut().files.push(letter);
    }
}
// ANCHOR_END: careless

// ANCHOR: looking
/// Stamps each letter while it lies in the tray, then takes whatever is in
/// front.
pub async fn looking(office: &RefCell<Office>, stamp: impl AsyncFn(u32)) {
    loop {
        let next = office.borrow().tray.front().copied();
        let Some(letter) = next else { return };
        stamp(letter).await;
        // Is it still the one in front?
        office.borrow_mut().tray.pop_front();
        office.borrow_mut().files.push(letter);
    }
}
// ANCHOR_END: looking

// ANCHOR: careful
/// A letter on a desk. It leaves for the files if it is stamped, and else goes
/// back to the tray.
struct Desk<'a> {
    office: &'a RefCell<Office>,
    letter: u32,
    stamped: bool,
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        let Office { tray, files } = &mut *self.office.borrow_mut();
        if self.stamped {
            files.push(self.letter)
        } else {
            tray.push_front(self.letter)
        }
    }
}

/// Takes each letter to a desk, and stamps it there.
pub async fn careful(office: &RefCell<Office>, stamp: impl AsyncFn(u32)) {
    loop {
        let taken = office.borrow_mut().tray.pop_front();
        let Some(letter) = taken else { return };
        let mut desk = Desk { office, letter, stamped: false };
        stamp(letter).await;
        desk.stamped = true;
    }
}
// ANCHOR_END: careful

// ANCHOR: until
/// Works until the bell rings, then drops the work. Returns whether the work
/// was done by then.
pub async fn until(
    bell: impl Future<Output = ()>,
    work: impl Future<Output = ()>,
) -> bool {
    matches!(select(pin!(bell), pin!(work)).await, Either::Right(_))
}
// ANCHOR_END: until

// ANCHOR: dropped_after
/// Polls `work` up to `polls` times, then drops it. Returns whether it was done
/// by then.
pub fn dropped_after(polls: usize, work: impl Future) -> bool {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| work.as_mut().poll(&mut context).is_ready())
}
// ANCHOR_END: dropped_after

/// Stamps until a bell rings, drops the work after each number of polls, then
/// blocks.
pub fn main() -> Result<(), Box<dyn Error>> {
    let takes = Duration::from_millis(50);
    let bell = || wait(takes).instrument(info_span!("bell", ?takes));
    let stamping = Duration::from_millis(20);
    let stamp = async |letter: u32| {
        wait(stamping).instrument(info_span!("stamp", letter)).await;
    };

    let timeline = timeline::timeline(
        "careless: dropped when the bell rings, with letter 3 half done",
    );
    let office = Office::new(4);
    block_on(until(bell(), careless(&office, stamp)));
    timeline.draw();
    println!(
        "careless: {:?}, lost {}",
        office.borrow(),
        office.borrow().lost(4)
    );
    let office = Office::new(4);
    block_on(until(bell(), careful(&office, stamp)));
    println!(
        "careful:  {:?}, lost {}",
        office.borrow(),
        office.borrow().lost(4)
    );
    block_on(careful(&office, stamp));
    println!("next day: {:?}\n", office.borrow());

    print_each_drop();

    println!();
    let timeline = timeline::timeline(
        "stamps that block: the bell rings, and nobody polls it",
    );
    let office = Office::new(4);
    let blocking = async |letter: u32| {
        info_span!("stamp", letter).in_scope(|| thread::sleep(stamping));
    };
    let done = block_on(until(bell(), careful(&office, blocking)));
    timeline.draw();
    println!(
        "careful:  {:?}, done before the bell was heard: {done}",
        office.borrow()
    );
    Ok(())
}

/// Drops the work after each number of polls, and prints where the letters are.
/// Then two workers.
fn print_each_drop() {
    let stamp = async |_| pending!();
    println!(
        "dropped after its k-th poll, with 3 letters and a poll for each stamp"
    );
    println!("        careless              careful");
    println!("   k    tray  files  lost     tray  files  lost");
    for k in 0..=4 {
        let (one, other) = (Office::new(3), Office::new(3));
        dropped_after(k, careless(&one, stamp));
        dropped_after(k, careful(&other, stamp));
        let [one, other] = [one.into_inner(), other.into_inner()].map(|it| {
            format!(
                "{:>4}  {:>5}  {:>4}",
                it.tray.len(),
                it.files.len(),
                it.lost(3)
            )
        });
        println!("   {k}    {one}     {other}");
    }

    let (one, other) = (Office::new(4), Office::new(4));
    dropped_after(9, join(looking(&one, stamp), looking(&one, stamp)));
    dropped_after(9, join(careful(&other, stamp), careful(&other, stamp)));
    println!("\ntwo workers at one tray with 4 letters");
    println!("looking:  filed {:?}", one.into_inner().files);
    println!("careful:  filed {:?}", other.into_inner().files);
}

/// Letters by number: those that lie in the tray, and those that are filed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Office {
    /// To be stamped and filed, the next in front.
    pub tray: VecDeque<u32>,
    /// Stamped and filed.
    pub files: Vec<u32>,
}

impl Office {
    /// An office with the letters 1 to `letters` in its tray.
    pub fn new(letters: u32) -> RefCell<Self> {
        RefCell::new(Office {
            tray: (1..=letters).collect(),
            files: Vec::new(),
        })
    }

    /// How many of the letters 1 to `letters` are neither in the tray nor
    /// filed.
    pub fn lost(&self, letters: u32) -> usize {
        (1..=letters)
            .filter(|it| !self.tray.contains(it) && !self.files.contains(it))
            .count()
    }
}

/// Waits as long as `takes` says. Another thread sleeps meanwhile: from the
/// lesson `combinators`.
async fn wait(takes: Duration) {
    let (sender, time_is_up) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(takes);
        // An error says that nobody waits anymore.
        let _ = sender.send(());
    });
    time_is_up.await.expect("the thread sends");
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
