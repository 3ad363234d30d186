//! Hello, world, from an async fn in a trait.
//!
//! A call returns a future; `block_on` runs it and comes back with the
//! greeting.
// ANCHOR: program
#![expect(
    async_fn_in_trait,
    reason = "all these futures stay on one thread; chapter 2 tells what \
              others must promise"
)]

use std::error::Error;

use futures::executor::block_on;

// ANCHOR: greet
/// Someone who can say hello.
pub trait Greet {
    /// Returns a greeting for `name`.
    async fn greet(&self, name: &str) -> String;
}

/// Greets in English.
pub struct English;

impl Greet for English {
    async fn greet(&self, name: &str) -> String {
        format!("Hello, {name}!")
    }
}
// ANCHOR_END: greet

/// Greets in Esperanto.
pub struct Esperanto;

impl Greet for Esperanto {
    async fn greet(&self, name: &str) -> String {
        format!("Saluton, {name}!")
    }
}

// ANCHOR: hello
/// Runs one greeting to its end.
pub fn hello(greeter: &impl Greet) -> String {
    block_on(greeter.greet("world"))
}
// ANCHOR_END: hello

// ANCHOR: welcome
/// Greets one after another.
pub async fn welcome(greeter: &impl Greet, names: &[&str]) -> Vec<String> {
    let mut greetings = Vec::new();
    for name in names {
        greetings.push(greeter.greet(name).await);
    }
    greetings
}
// ANCHOR_END: welcome

/// Says hello in English, then welcomes two people in Esperanto.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", hello(&English));
    for greeting in block_on(welcome(&Esperanto, &["Ada", "Grace"])) {
        println!("{greeting}");
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
