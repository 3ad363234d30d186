// Takes the mailbox out of the map to look at it: for others, and for itself, it is not there.
// => failed a_mailbox_may_forward_to_itself

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let (key, taken) = boxes.remove(to)?;
    let name = taken.forwards_to.as_deref().unwrap_or(to).to_owned();
    let found = boxes.get_mut(&name).map(|mut found| found.letters.push(letter)).is_some();
    boxes.insert(key, taken);
    found.then_some(name)
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
