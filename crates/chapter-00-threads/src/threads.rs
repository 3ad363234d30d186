//! A thread ends in a value, or in a panic; `join` waits for it and hands over either.
//!
//! A thread of `thread::spawn` may live longer than the function that starts it, so it cannot
//! borrow that function's variables:
//!
//! ```compile_fail,E0373
//! use std::thread;
//!
//! fn add_up() -> u32 {
//!     let slips = vec![12, 7, 31];
//!     let adding = thread::spawn(|| slips.iter().sum());
//!     adding.join().unwrap()
//! }
//! ```
//!
//! With `move` the variable is the thread's, and the function that gave it away has it no more:
//!
//! ```compile_fail,E0382
//! use std::thread;
//!
//! fn add_up() -> (u32, usize) {
//!     let slips = vec![12, 7, 31];
//!     let adding = thread::spawn(move || slips.iter().sum());
//!     (adding.join().unwrap(), slips.len())
//! }
//! ```
//!
//! Moving a reference instead is borrowing again: what it points to ends with the function, and
//! that a join comes first is nothing `thread::spawn` could know:
//!
//! ```compile_fail,E0597
//! use std::thread;
//!
//! fn add_up() -> (u32, usize) {
//!     let slips = vec![12, 7, 31];
//!     let borrowed = &slips;
//!     let adding = thread::spawn(move || borrowed.iter().sum());
//!     (adding.join().unwrap(), slips.len())
//! }
//! ```
//!
//! A scope knows: it ends after its threads. So they may borrow what is older than the scope:
//!
//! ```
//! use std::thread;
//!
//! fn add_up() -> (u32, usize) {
//!     let slips = vec![12, 7, 31];
//!     let sum = thread::scope(|scope| {
//!         let adding = scope.spawn(|| slips.iter().sum());
//!         adding.join().unwrap()
//!     });
//!     (sum, slips.len())
//! }
//!
//! assert_eq!(add_up(), (50, 3));
//! ```

use std::any::Any;
use std::error::Error;
use std::panic;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::info_span;

// ANCHOR: start
/// Starts a thread for each job, named as given. All of them run when this returns.
pub fn start<T, J>(jobs: Vec<(String, J)>) -> Vec<JoinHandle<T>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let spawn = |(name, job)| {
        let spawned = thread::Builder::new().name(name).spawn(job);
        spawned.expect("the system has room for one more thread")
    };
    jobs.into_iter().map(spawn).collect()
}
// ANCHOR_END: start

// ANCHOR: outcomes
/// Waits for every thread. Returns their names, each with the thread's value or its panic.
pub fn outcomes<T>(started: Vec<JoinHandle<T>>) -> Vec<(String, thread::Result<T>)> {
    let outcome = |handle: JoinHandle<T>| {
        let name = handle.thread().name().unwrap_or("a thread without a name").to_owned();
        (name, handle.join())
    };
    started.into_iter().map(outcome).collect()
}
// ANCHOR_END: outcomes

// ANCHOR: unwrapped
/// Waits for the threads in turn, and panics at the first that did.
pub fn unwrapped<T>(started: Vec<JoinHandle<T>>) -> Vec<T> {
    started.into_iter().map(|handle| handle.join().unwrap()).collect()
}
// ANCHOR_END: unwrapped

// ANCHOR: borrowed
/// Adds up each till on a thread of its own. The threads borrow the tills, and all of them have
/// ended when the scope does.
pub fn borrowed(tills: &[Till]) -> Vec<thread::Result<u32>> {
    thread::scope(|scope| {
        let started: Vec<_> = tills.iter().map(|till| scope.spawn(|| till.total())).collect();
        started.into_iter().map(|handle| handle.join()).collect()
    })
}
// ANCHOR_END: borrowed

// ANCHOR: till
/// A shop's till, with a slip of paper for each sale.
#[derive(Clone, Debug)]
pub struct Till {
    /// Whose till it is.
    pub shop: String,
    /// What is written on the slips.
    pub slips: Vec<String>,
}

impl Till {
    /// Adds up the slips, 10 ms each. Panics at one that is not a number.
    pub fn total(&self) -> u32 {
        let read = |slip: &String| {
            thread::sleep(Duration::from_millis(10));
            slip.parse::<u32>().unwrap_or_else(|_| panic!("'{slip}' is not a number"))
        };
        self.slips.iter().map(read).sum()
    }
}
// ANCHOR_END: till

// ANCHOR: job
/// The shop's name, and the job of adding up its till. The till moves into the job.
pub fn job(till: Till) -> (String, impl FnOnce() -> u32) {
    let span = info_span!("add up", shop = till.shop);
    (till.shop.clone(), move || span.in_scope(|| till.total()))
}
// ANCHOR_END: job

// ANCHOR: reason
/// What was said in a panic. Its value may be of any type; `panic!` makes it a string.
pub fn reason(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    let literal = || panic.downcast_ref::<&str>().copied();
    formatted.or_else(literal).unwrap_or("something that is not a string")
}
// ANCHOR_END: reason

/// Keeps panics of threads with these names off the terminal: they are expected, and told
/// otherwise. There is one hook for the whole process, so it passes all other panics on.
pub(crate) fn hush(names: &'static [&'static str]) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !thread::current().name().is_some_and(|name| names.contains(&name)) {
            before(panic);
        }
    }));
}

/// Three tills. On one slip in the south stands no number.
fn tills() -> Vec<Till> {
    let till = |shop: &str, slips: &[&str]| Till {
        shop: shop.to_owned(),
        slips: slips.iter().map(|&slip| slip.to_owned()).collect(),
    };
    vec![
        till("north", &["12", "7", "31"]),
        till("south", &["5", "coffee", "8"]),
        till("east", &["9", "9", "2", "20"]),
    ]
}

/// Adds up three tills, one of which panics: joined, borrowed, and in two wrong ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    hush(&["south", "accountant"]);
    let jobs = || tills().into_iter().map(job).collect();

    let timeline = lessons::timeline("joined: the sum waits for every till");
    let sum = info_span!("sum");
    let ends = outcomes(start(jobs()));
    let total: u32 = sum.in_scope(|| ends.iter().filter_map(|(_, end)| end.as_ref().ok()).sum());
    drop(sum);
    timeline.draw();
    for (shop, end) in &ends {
        match end {
            Ok(total) => println!("  {shop:5}  {total}"),
            Err(panic) => println!("  {shop:5}  panicked: {}", reason(panic.as_ref())),
        }
    }
    println!("  sum    {total}, without the one that panicked\n");

    let mut tills = tills();
    tills.retain(|till| till.shop != "south");
    let totals: Vec<u32> = borrowed(&tills).into_iter().flatten().collect();
    println!("borrowed in a scope: {totals:?}, and the {} tills are still here\n", tills.len());

    let timeline = lessons::timeline("handles dropped: the sum waits for nobody");
    drop(start(jobs()));
    let sum = info_span!("sum").in_scope(|| "nothing to add, now or later");
    // For the picture: so you see that the threads run on.
    thread::sleep(Duration::from_millis(45));
    timeline.draw();
    println!("  sum    {sum}\n");

    println!("joined with unwrap, by a thread named accountant");
    let accounting = move || unwrapped(start(jobs()));
    for (name, end) in outcomes(start(vec![("accountant".to_owned(), accounting)])) {
        match end {
            Ok(totals) => println!("  {name} has {totals:?}"),
            Err(panic) => println!("  {name} panicked: {}", reason(panic.as_ref())),
        }
    }
    println!("  no total is left, not even that of the north");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use witness::{Log, Rendezvous, within};

    const LONG: Duration = Duration::from_secs(60);

    type Job = Box<dyn FnOnce() -> u32 + Send>;

    fn named<const N: usize>(jobs: [(&str, Job); N]) -> Vec<(String, Job)> {
        jobs.into_iter().map(|(name, job)| (name.to_owned(), job)).collect()
    }

    #[test]
    fn one_panic_leaves_the_results_of_the_others() {
        let ends = within(LONG, || {
            outcomes(start(named([
                ("first", Box::new(|| 1)),
                ("second", Box::new(|| panic!("on purpose: {}", 2))),
                ("third", Box::new(|| 3)),
            ])))
        });
        let told: Vec<_> = ends
            .iter()
            .map(|(name, end)| (name.as_str(), end.as_ref().map_err(|p| reason(p.as_ref()))))
            .collect();
        assert_eq!(told, [("first", Ok(&1)), ("second", Err("on purpose: 2")), ("third", Ok(&3))]);
    }

    #[test]
    fn a_thread_knows_its_name() {
        let ends = within(LONG, || {
            let ask = || thread::current().name().map(str::to_owned);
            outcomes(start(vec![("north".to_owned(), ask)]))
        });
        let (name, end) = &ends[0];
        assert_eq!(name, "north");
        assert_eq!(end.as_ref().expect("it does not panic").as_deref(), Some("north"));
    }

    #[test]
    fn all_threads_are_started_before_one_is_joined() {
        let met = within(LONG, || {
            let all = Rendezvous::new(3);
            let job = |name: &str| {
                let all = all.clone();
                (name.to_owned(), move || all.meet(LONG / 2).is_ok())
            };
            outcomes(start(["a", "b", "c"].map(job).into()))
        });
        assert!(met.iter().all(|(_, end)| *end.as_ref().expect("it does not panic")));
    }

    #[test]
    fn a_thread_without_its_handle_works_on() {
        let worked = within(LONG, || {
            let (open, gate) = mpsc::channel();
            let (work, done) = mpsc::channel();
            let waiting = move || {
                gate.recv().expect("the gate is opened");
                work.send("done").expect("somebody listens");
            };
            // It cannot be done before this returns: the gate is shut.
            drop(start(vec![("detached".to_owned(), waiting)]));
            open.send(()).expect("the thread is there");
            done.recv()
        });
        assert_eq!(worked, Ok("done"));
    }

    #[test]
    fn unwrap_spreads_a_panic_and_the_others_work_for_nothing() {
        let log = Log::new();
        let seen = log.clone();
        let told = within(LONG, move || {
            let (open, gate) = mpsc::channel();
            let (work, done) = mpsc::channel();
            let (before, after) = (log.clone(), log.clone());
            let jobs = named([
                (
                    "first",
                    Box::new(move || {
                        before.push("first");
                        1
                    }),
                ),
                ("second", Box::new(|| panic!("on purpose"))),
                (
                    "third",
                    Box::new(move || {
                        gate.recv().expect("the gate is opened");
                        after.push("third");
                        work.send(()).expect("somebody listens");
                        3
                    }),
                ),
            ]);
            let caller = vec![("caller".to_owned(), move || unwrapped(start(jobs)))];
            let (_, end) = outcomes(start(caller)).remove(0);
            log.push("caller");
            open.send(()).expect("the third thread is there");
            done.recv().expect("it works on");
            reason(end.expect_err("the panic spread").as_ref()).to_owned()
        });
        assert_eq!(seen.events(), ["first", "caller", "third"]);
        // What was said in the second thread is lost, too.
        assert_eq!(told, "called `Result::unwrap()` on an `Err` value: Any { .. }");
    }

    #[test]
    fn scoped_threads_borrow_and_a_panic_stays_in_its_place() {
        let (totals, tills) = within(LONG, || {
            let tills = tills();
            let totals = borrowed(&tills);
            (totals.into_iter().map(Result::ok).collect::<Vec<_>>(), tills)
        });
        assert_eq!(totals, [Some(50), None, Some(40)]);
        assert_eq!(tills.len(), 3);
    }

    #[test]
    fn a_scope_panics_for_a_thread_that_nobody_joined() {
        let told = within(LONG, || {
            let careless = || thread::scope(|scope| drop(scope.spawn(|| panic!("on purpose"))));
            let (_, end) = outcomes(start(vec![("careless".to_owned(), careless)])).remove(0);
            reason(end.expect_err("the scope panics").as_ref()).to_owned()
        });
        assert_eq!(told, "a scoped thread panicked");
    }

    #[test]
    fn a_panic_need_not_be_a_text() {
        let said = |panic: Box<dyn Any + Send>| reason(panic.as_ref()).to_owned();
        assert_eq!(said(Box::new("a literal")), "a literal");
        assert_eq!(said(Box::new("formatted".to_owned())), "formatted");
        assert_eq!(said(Box::new(7)), "something that is not a string");
    }

    #[test]
    fn only_the_panics_of_the_named_are_hushed() {
        let log = Log::new();
        let heard = log.clone();
        // Around the hook that other tests' panics go to.
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| match thread::current().name() {
            Some(name @ ("hush quiet" | "hush loud")) => log.push(name.to_owned()),
            _ => before(panic),
        }));
        hush(&["hush quiet"]);
        let jobs = named([
            ("hush quiet", Box::new(|| panic!("on purpose"))),
            ("hush loud", Box::new(|| panic!("on purpose"))),
        ]);
        within(LONG, || outcomes(start(jobs)));
        assert_eq!(heard.events(), ["hush loud"]);
    }
}
