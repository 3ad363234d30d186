// Makes a mailbox where there is none: letters to the moon are never read.
// => failed a_name_that_is_missing_changes_nothing

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let name = boxes.get(to)?.forwards_to.clone().unwrap_or_else(|| to.to_owned());
    boxes.entry(name.clone()).or_default().letters.push(letter);
    Some(name)
}

fn main() {
    let boxes = DashMap::new();
    boxes.insert("the mill".to_owned(), Mailbox::default());
    let forwards_to = Some("the mill".to_owned());
    boxes.insert("the harbor".to_owned(), Mailbox { forwards_to, letters: Vec::new() });
    for to in ["the mill", "the harbor", "the moon"] {
        println!("a letter to {to} is now in {:?}", deliver(&boxes, to, Letter("hello")));
    }
}
