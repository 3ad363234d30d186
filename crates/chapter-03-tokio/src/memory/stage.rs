//! The side of the child: a process in which tasks or threads wait.

use std::error::Error;
use std::io::{self, Read};
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use tokio::runtime::Builder;
use tokio::task::yield_now;

use super::{HOLDING, hold};

/// Set for a child: a [`Parked`](super::Parked), and how many of them.
pub(super) const ORDER: &str = "OVERLAP_MEMORY";
/// The line that a child prints when all wait.
pub(super) const READY: &str = "all wait";

/// Starts what the order says, reports when all of it waits, and ends when the
/// parent says so.
pub(super) fn obey(order: &str) -> Result<(), Box<dyn Error>> {
    let order = order.replace(['(', ')'], " ");
    let words: Vec<&str> = order.split_whitespace().collect();
    let (count, parked) = words.split_last().ok_or("an order has words")?;
    let count = count.parse()?;
    match parked {
        ["Nothing"] => wait_for_the_parent(),
        ["Tasks", held] => tasks(count, held.parse()?),
        ["Threads", stack] => threads(count, stack.parse()?),
        _ => Err(format!("no order: {order}").into()),
    }
}

fn wait_for_the_parent() -> Result<(), Box<dyn Error>> {
    println!("{READY}");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn tasks(count: u64, held: usize) -> Result<(), Box<dyn Error>> {
    Builder::new_current_thread().build()?.block_on(async {
        for _ in 0..count {
            if held == 0 {
                tokio::spawn(hold::<0>())
            } else {
                tokio::spawn(hold::<1024>())
            };
        }
        while HOLDING.load(Ordering::Relaxed) < count {
            yield_now().await;
        }
        wait_for_the_parent()
    })
}

fn threads(count: u64, stack: usize) -> Result<(), Box<dyn Error>> {
    let (started, starts) = mpsc::channel();
    for _ in 0..count {
        let started = started.clone();
        let builder = match stack {
            0 => thread::Builder::new(),
            stack => thread::Builder::new().stack_size(stack),
        };
        // Nobody wakes it: it ends with the process.
        builder.spawn(move || {
            started.send(()).expect("this process counts");
            loop {
                thread::park();
            }
        })?;
    }
    starts.iter().take(count as usize).for_each(drop);
    wait_for_the_parent()
}
