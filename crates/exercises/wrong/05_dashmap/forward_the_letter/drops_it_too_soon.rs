// Drops the guard by hand while the name is still borrowed from it.
// => did not compile E0505

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let guard = boxes.get(to)?;
    let name = guard.forwards_to.as_deref().unwrap_or(to);
    drop(guard);
    boxes.get_mut(name)?.letters.push(letter);
    Some(name.to_owned())
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
