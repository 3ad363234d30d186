// A block ends before the second call on the map.

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let name = {
        let mailbox = boxes.get(to)?;
        match &mailbox.forwards_to {
            Some(name) => name.clone(),
            None => to.to_owned(),
        }
    };
    match boxes.get_mut(&name) {
        Some(mut mailbox) => mailbox.letters.push(letter),
        None => return None,
    }
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
