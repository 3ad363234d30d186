//! A list of many types needs each future in a box.
//!
//! Every greeter's `greet` returns a future of its own type and size, so there
//! is no one function that a caller of `dyn Greet` could call:
//!
//! ```compile_fail,E0038
//! trait Greet {
//!     async fn greet(&self, name: &str) -> String;
//! }
//!
//! fn invite(greeters: &[Box<dyn Greet>]) {}
//! ```
//!
//! Where the compiler knows the type, the same trait is fine:
//!
//! ```
//! trait Greet {
//!     async fn greet(&self, name: &str) -> String;
//! }
//!
//! fn invite<G: Greet>(greeters: &[G]) {}
//! ```
// ANCHOR: program
#![expect(
    async_fn_in_trait,
    reason = "all these futures stay on one thread; chapter 2 tells what \
              others must promise"
)]

use std::error::Error;

use async_trait::async_trait;
use futures::executor::block_on;

/// Someone who can say hello.
pub trait Greet {
    /// Returns a greeting for `name`.
    async fn greet(&self, name: &str) -> String;
}

// ANCHOR: greet_boxed
/// [`Greet`] for `dyn`: each call puts its future into a box.
#[async_trait(?Send)]
pub trait GreetBoxed {
    /// Returns a greeting for `name`.
    async fn greet_boxed(&self, name: &str) -> String;
}

#[async_trait(?Send)]
impl<G: Greet> GreetBoxed for G {
    async fn greet_boxed(&self, name: &str) -> String {
        self.greet(name).await
    }
}
// ANCHOR_END: greet_boxed

// ANCHOR: choir
/// Has each of `greeters` greet `name`. They may be of many types: this is what
/// `dyn` is for.
pub async fn choir(
    greeters: &[Box<dyn GreetBoxed>],
    name: &str,
) -> Vec<String> {
    let mut greetings = Vec::new();
    for greeter in greeters {
        greetings.push(greeter.greet_boxed(name).await);
    }
    greetings
}
// ANCHOR_END: choir

/// The size of a call's future, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Handed to the caller.
    pub returned: usize,
    /// Allocated on the heap by the call.
    pub allocated: usize,
}

/// The cost of [`Greet::greet`], which returns the future itself.
pub fn native(greeter: &impl Greet) -> Cost {
    let future = greeter.greet("world");
    Cost { returned: size_of_val(&future), allocated: 0 }
}

/// The cost of [`GreetBoxed::greet_boxed`], which returns a pointer to a future
/// on the heap.
pub fn boxed(greeter: &impl Greet) -> Cost {
    let future = greeter.greet_boxed("world");
    Cost { returned: size_of_val(&future), allocated: size_of_val(&*future) }
}

/// Has two types in one list say hello, then compares a boxed call with a
/// native one.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("two types in one list");
    let greeters: Vec<Box<dyn GreetBoxed>> =
        vec![Box::new(English), Box::new(Esperanto)];
    for greeting in block_on(choir(&greeters, "world")) {
        println!("  {greeting}");
    }

    println!("\none call          returned   allocated");
    let costs =
        [("async fn", native(&English)), ("async-trait", boxed(&English))];
    for (call, Cost { returned, allocated }) in costs {
        println!("  {call:11}   {returned:>4} bytes  {allocated:>4} bytes");
    }
    Ok(())
}

/// Greets in English.
pub struct English;

impl Greet for English {
    async fn greet(&self, name: &str) -> String {
        format!("Hello, {name}!")
    }
}

/// Greets in Esperanto.
pub struct Esperanto;

impl Greet for Esperanto {
    async fn greet(&self, name: &str) -> String {
        format!("Saluton, {name}!")
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
