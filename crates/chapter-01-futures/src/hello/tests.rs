use super::*;
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
fn a_call_alone_greets_nobody() {
    let log = Log::new();
    let noted = Noted(log.clone());
    let call = welcome(&noted, &["Ada"]);
    assert!(log.is_empty());
    block_on(call);
    assert_eq!(log.events(), ["Ada"]);
}
