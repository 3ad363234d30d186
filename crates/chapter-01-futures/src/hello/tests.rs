use super::*;
use std::pin::Pin;
use witness::Log;

/// Notes whom it greets, and returns nothing of interest.
struct Noted(Log<String>);

impl Greet for Noted {
    async fn greet(&self, name: &str) -> String {
        self.0.push(name.to_owned());
        String::new()
    }
}

#[test]
fn hello_comes_back_with_the_greeting() {
    assert_eq!(hello(&English), "Hello, world!");
}

#[test]
fn every_name_is_greeted_in_order() {
    let greetings = block_on(welcome(&English, &["Ada", "Grace"]));
    assert_eq!(greetings, ["Hello, Ada!", "Hello, Grace!"]);
}

#[test]
fn greeters_of_two_types_stand_in_one_list() {
    let greetings = block_on(choir(&[Box::new(English), Box::new(Esperanto)], "Ada"));
    assert_eq!(greetings, ["Hello, Ada!", "Saluton, Ada!"]);
}

#[test]
fn a_call_alone_greets_nobody() {
    let log = Log::new();
    let noted = Noted(log.clone());
    let call = welcome(&noted, &["Ada"]);
    assert!(log.is_empty());
    block_on(call);
    assert_eq!(log.events(), ["Ada"]);
}

#[test]
fn only_async_trait_returns_a_box() {
    // The type is the proof: this does not compile with `greet`.
    let call: Pin<Box<dyn Future<Output = String> + '_>> = English.greet_boxed("Ada");
    drop(call);

    let pointer_and_vtable = 2 * size_of::<usize>();
    let (native, boxed) = (native(&English), boxed(&English));
    assert_eq!(boxed.returned, pointer_and_vtable);
    assert_eq!(native.allocated, 0);
    // The native future is in the box, and the box's own future around it.
    assert!(boxed.allocated > native.returned, "{boxed:?}, {native:?}");
}
