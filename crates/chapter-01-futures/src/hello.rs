//! A trait can have an `async fn`; a box for its future is needed only behind `dyn`.
//!
//! Every type's `greet` returns a future of its own type and size, so there is no one function
//! that a `dyn Greet` could call:
//!
//! ```compile_fail,E0038
//! trait Greet {
//!     async fn greet(&self, name: &str) -> String;
//! }
//!
//! fn everyone(greeters: &[Box<dyn Greet>]) {}
//! ```
//!
//! Where the compiler knows the type, the same trait is fine:
//!
//! ```
//! trait Greet {
//!     async fn greet(&self, name: &str) -> String;
//! }
//!
//! fn everyone<G: Greet>(greeters: &[G]) {}
//! ```

use std::error::Error;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use futures::channel::oneshot;
use futures::executor::block_on;
use tracing::{Instrument, info_span};

// ANCHOR: greet
/// Someone who answers when a name is called.
#[expect(
    async_fn_in_trait,
    reason = "the futures stay on one thread, so nobody asks whether they are Send"
)]
pub trait Greet {
    /// Returns the answer, perhaps after a while.
    async fn greet(&self, name: &str) -> String;
}
// ANCHOR_END: greet

// ANCHOR: friend
/// Someone on another thread who thinks before the answer.
#[derive(Clone, Copy, Debug)]
pub struct Friend {
    /// How long.
    pub thinks: Duration,
}

impl Greet for Friend {
    async fn greet(&self, name: &str) -> String {
        let (answer, answered) = oneshot::channel();
        let (thinks, text) = (self.thinks, format!("Hello, {name}!"));
        let think = info_span!("think", of = name);
        thread::spawn(move || {
            think.in_scope(|| thread::sleep(thinks));
            // The greeting's span cannot end while this one, its child, is there.
            drop(think);
            // An error says that nobody waits for the answer anymore.
            let _ = answer.send(text);
        });
        answered.await.expect("a friend always answers")
    }
}
// ANCHOR_END: friend

// ANCHOR: parrot
/// A bird that answers at once.
#[derive(Clone, Copy, Debug)]
pub struct Parrot;

impl Greet for Parrot {
    async fn greet(&self, name: &str) -> String {
        format!("{name}! {name}!")
    }
}
// ANCHOR_END: parrot

// ANCHOR: each_name
/// Calls one name after another. `G` is known when this is compiled, so nothing is boxed.
pub async fn each_name<G: Greet>(greeter: &G, names: &[&str]) -> Vec<String> {
    let mut answers = Vec::new();
    for &name in names {
        let answer = greeter.greet(name).instrument(info_span!("greet", name));
        answers.push(answer.await);
    }
    answers
}
// ANCHOR_END: each_name

// ANCHOR: greet_boxed
/// [`Greet`] for `dyn`: each call puts its future into a box, so all calls return the same type.
#[async_trait(?Send)]
pub trait GreetBoxed {
    /// Returns the answer of [`Greet::greet`].
    async fn greet_boxed(&self, name: &str) -> String;
}

#[async_trait(?Send)]
impl<G: Greet> GreetBoxed for G {
    async fn greet_boxed(&self, name: &str) -> String {
        self.greet(name).await
    }
}
// ANCHOR_END: greet_boxed

// ANCHOR: everyone
/// Calls a name to one greeter after another. Each may be of another type: this is what `dyn` is
/// for.
pub async fn everyone(greeters: &[Box<dyn GreetBoxed>], name: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for (number, greeter) in greeters.iter().enumerate() {
        let answer = greeter.greet_boxed(name);
        answers.push(answer.instrument(info_span!("greet", number)).await);
    }
    answers
}
// ANCHOR_END: everyone

// ANCHOR: bytes
/// What one call returns, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// In the caller's hands.
    pub returned: usize,
    /// On the heap, allocated by this call.
    pub heap: usize,
}

/// What [`Greet::greet`] returns: the future itself.
pub fn native(greeter: &impl Greet) -> Bytes {
    let future = greeter.greet("Ada");
    Bytes { returned: size_of_val(&future), heap: 0 }
}

/// What [`GreetBoxed::greet_boxed`] returns: a pointer to the future.
pub fn boxed(greeter: &impl Greet) -> Bytes {
    let future = greeter.greet_boxed("Ada");
    Bytes { returned: size_of_val(&future), heap: size_of_val(&*future) }
}
// ANCHOR_END: bytes

// ANCHOR: main
/// Greets natively, then through `dyn`, then boxes where nobody needs it.
pub fn main() -> Result<(), Box<dyn Error>> {
    let friend = Friend { thinks: Duration::from_millis(20) };

    let timeline = lessons::timeline("async fn in a trait: two names, one after another");
    let answers = block_on(each_name(&friend, &["Ada", "Grace"]));
    timeline.draw();
    println!("{answers:?}\n");

    let greeters: [Box<dyn GreetBoxed>; 2] = [Box::new(friend), Box::new(Parrot)];
    let timeline = lessons::timeline("async-trait for dyn: a friend and a parrot in one list");
    let answers = block_on(everyone(&greeters, "Ada"));
    timeline.draw();
    println!("{answers:?}\n");

    println!("async-trait everywhere: what each call costs, in bytes");
    println!("                         returned  on the heap");
    for (call, bytes) in [
        ("friend, async fn", native(&friend)),
        ("friend, async-trait", boxed(&friend)),
        ("parrot, async fn", native(&Parrot)),
        ("parrot, async-trait", boxed(&Parrot)),
    ] {
        println!("  {call:20} {:>10} {:>12}", bytes.returned, bytes.heap);
    }
    Ok(())
}
// ANCHOR_END: main

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::{Pin, pin};
    use std::task::{Context, Waker};
    use witness::{Log, Polls, within};

    const LONG: Duration = Duration::from_secs(60);
    const NEVER: Duration = Duration::from_secs(24 * 60 * 60);
    const AT_ONCE: Friend = Friend { thinks: Duration::ZERO };

    /// Notes when it is called and when it answers, and lets others run in between.
    struct Noted(Log<String>);

    impl Greet for Noted {
        async fn greet(&self, name: &str) -> String {
            self.0.push(format!("{name} called"));
            let (answer, answered) = oneshot::channel();
            thread::spawn(move || answer.send(()));
            answered.await.expect("the thread sends");
            self.0.push(format!("{name} answered"));
            name.to_owned()
        }
    }

    #[test]
    fn both_ways_greet() {
        let natively = within(LONG, || block_on(each_name(&AT_ONCE, &["Ada", "Grace"])));
        assert_eq!(natively, ["Hello, Ada!", "Hello, Grace!"]);
        let through_dyn =
            within(LONG, || block_on(everyone(&[Box::new(AT_ONCE), Box::new(Parrot)], "Ada")));
        assert_eq!(through_dyn, ["Hello, Ada!", "Ada! Ada!"]);
    }

    #[test]
    fn the_second_name_is_called_after_the_first_answer() {
        let log = Log::new();
        let noted = Noted(log.clone());
        within(LONG, move || block_on(each_name(&noted, &["Ada", "Grace"])));
        assert_eq!(log.events(), ["Ada called", "Ada answered", "Grace called", "Grace answered"]);
    }

    #[test]
    fn the_poll_returns_while_the_friend_thinks() {
        let pending = within(LONG, || {
            let friend = Friend { thinks: NEVER };
            let mut context = Context::from_waker(Waker::noop());
            pin!(friend.greet("Ada")).poll(&mut context).is_pending()
        });
        assert!(pending);
    }

    #[test]
    fn the_answer_wakes_whoever_waits_for_it() {
        let polls = Polls::new();
        let watching = polls.clone();
        within(LONG, move || block_on(watching.watch(Friend::greet(&AT_ONCE, "Ada"))));
        // One poll if the answer was there already, two if not, and none that nobody asked for.
        assert!(polls.count() <= 2, "{polls:?}");
        assert_eq!(polls.spurious(), 0);
    }

    #[test]
    fn only_async_trait_returns_a_box() {
        // The type is the proof: a box is what a call returns.
        let returned: Pin<Box<dyn Future<Output = String> + '_>> = Parrot.greet_boxed("Ada");
        drop(returned);

        let pointer_and_vtable = 2 * size_of::<usize>();
        for (native, boxed) in
            [(native(&AT_ONCE), boxed(&AT_ONCE)), (native(&Parrot), boxed(&Parrot))]
        {
            assert_eq!(native.heap, 0);
            assert_eq!(boxed.returned, pointer_and_vtable);
            // The native future is in the box, too.
            assert!(boxed.heap >= native.returned, "{boxed:?}, {native:?}");
        }
    }

    #[test]
    fn the_timeline_shows_one_after_another_waiting() {
        let recording = within(LONG, || {
            let timeline = lessons::timeline("test");
            // A timeline records the whole process: other tests greet Ada and Grace.
            block_on(each_name(&AT_ONCE, &["Alan", "Edsger"]));
            timeline.finish()
        });
        let [alan, edsger] = ["Alan", "Edsger"].map(|name| {
            let row = recording.row(&format!("greet name={name}"));
            row.expect("each greeting has a row")
        });
        assert!(!alan.overlaps(edsger));
        let think = recording.row("think of=Alan").expect("so has the thinking");
        assert!(alan.threads().is_disjoint(&think.threads()));
    }
}
