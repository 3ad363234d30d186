// Takes an empty name for a mailbox that does not forward.
// => failed a_mailbox_may_have_an_empty_name

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let name = boxes.get(to)?.forwards_to.clone().unwrap_or_default();
    let name = if name.is_empty() { to.to_owned() } else { name };
    boxes.get_mut(&name)?.letters.push(letter);
    Some(name)
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let boxes = DashMap::new();
        boxes.insert("the mill".to_owned(), Mailbox::default());
        let forwards_to = Some("the mill".to_owned());
        boxes.insert("the harbor".to_owned(), Mailbox { forwards_to, letters: Vec::new() });
        for to in ["the mill", "the harbor", "the moon"] {
            println!("a letter to {to} is now in {:?}", deliver(&boxes, to, Letter("hello")));
        }
    });
}
