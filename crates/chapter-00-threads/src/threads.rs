//! A thread ends in a value, and join hands it over.
//!
//! The value is what its closure returned, or its panic.

// ANCHOR: program
use std::any::Any;
use std::error::Error;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::info_span;

// ANCHOR: spawned
/// Adds up a till on a thread of its own. Returns the total, or the thread's
/// panic.
pub fn spawned(till: Till) -> thread::Result<u32> {
    let handle = thread::spawn(move || till.total());
    // Both threads run here.
    handle.join()
}
// ANCHOR_END: spawned

// ANCHOR: start
/// Starts a thread for each job, named as given. All of them run when this
/// returns.
pub fn start<J>(jobs: Vec<(String, J)>) -> Vec<JoinHandle<u32>>
where
    J: FnOnce() -> u32 + Send + 'static,
{
    let mut started = Vec::new();
    for (name, job) in jobs {
        let thread = thread::Builder::new().name(name);
        started.push(
            thread.spawn(job).expect("the system has room for one more thread"),
        );
    }
    started
}
// ANCHOR_END: start

// ANCHOR: outcomes
/// Waits for every thread. Returns their names, each with the thread's value or
/// its panic.
pub fn outcomes(
    started: Vec<JoinHandle<u32>>,
) -> Vec<(String, thread::Result<u32>)> {
    let outcome = |handle: JoinHandle<u32>| {
        let name = handle
            .thread()
            .name()
            .unwrap_or("a thread without a name")
            .to_owned();
        (name, handle.join())
    };
    started.into_iter().map(outcome).collect()
}
// ANCHOR_END: outcomes

// ANCHOR: unwrapped
/// Waits for the threads in turn, and panics at the first that has panicked.
pub fn unwrapped(started: Vec<JoinHandle<u32>>) -> Vec<u32> {
    started.into_iter().map(|handle| handle.join().unwrap()).collect()
}
// ANCHOR_END: unwrapped

/// Adds up one till, then three, one of which panics: joined, and in two wrong
/// ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "one till, on a thread of its own: {:?}\n",
        spawned(tills().remove(0))
    );

    let jobs = || tills().into_iter().map(job).collect();
    let timeline = timeline::timeline("joined: the sum waits for every till");
    let sum = info_span!("sum");
    let ends = outcomes(start(jobs()));
    let total: u32 = sum.in_scope(|| {
        ends.iter().filter_map(|(_, end)| end.as_ref().ok()).sum()
    });
    drop(sum);
    timeline.draw();
    tell(&ends);
    println!("  sum    {total}, without the one that panicked\n");

    let timeline =
        timeline::timeline("handles dropped: the sum waits for nobody");
    drop(start(jobs()));
    let sum = info_span!("sum").in_scope(|| "nothing to add, now or later");
    // For the picture: so you see that the threads run on.
    thread::sleep(Duration::from_millis(45));
    timeline.draw();
    println!("  sum    {sum}\n");

    println!("joined with unwrap, by a thread named accountant");
    let accounting = move || unwrapped(start(jobs())).iter().sum();
    tell(&outcomes(start(vec![("accountant".to_owned(), accounting)])));
    println!("  no total is left, not even that of the north");
    Ok(())
}

// ANCHOR: till
/// The till of a door, with a slip of paper for each sale.
#[derive(Clone, Debug)]
pub struct Till {
    /// Whose till it is.
    pub door: String,
    /// The text of each slip.
    pub slips: Vec<String>,
}

impl Till {
    /// Adds up the slips, 10 ms each. Panics at one that is not a number.
    pub fn total(&self) -> u32 {
        let read = |slip: &String| {
            thread::sleep(Duration::from_millis(10));
            slip.parse::<u32>()
                .unwrap_or_else(|_| panic!("'{slip}' is not a number"))
        };
        self.slips.iter().map(read).sum()
    }
}
// ANCHOR_END: till

/// The door's name, and the job of adding up its till. The till moves into the
/// job.
pub fn job(till: Till) -> (String, impl FnOnce() -> u32) {
    let span = info_span!("add up", door = till.door);
    (till.door.clone(), move || span.in_scope(|| till.total()))
}

// ANCHOR: reason
/// A panic's message. Its value may be of any type; `panic!` makes it a string.
pub fn reason(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    let literal = || panic.downcast_ref::<&str>().copied();
    formatted.or_else(literal).unwrap_or("something that is not a string")
}
// ANCHOR_END: reason

/// Three tills. On one slip of the south stands no number.
fn tills() -> Vec<Till> {
    let till = |door: &str, slips: &[&str]| Till {
        door: door.to_owned(),
        slips: slips.iter().map(|&slip| slip.to_owned()).collect(),
    };
    vec![
        till("north", &["12", "7", "31"]),
        till("south", &["5", "gift", "8"]),
        till("east", &["9", "9", "2", "20"]),
    ]
}

fn tell(ends: &[(String, thread::Result<u32>)]) {
    for (name, end) in ends {
        match end {
            Ok(total) => println!("  {name:5}  {total}"),
            Err(panic) => {
                println!("  {name:5}  panicked: {}", reason(panic.as_ref()))
            }
        }
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
