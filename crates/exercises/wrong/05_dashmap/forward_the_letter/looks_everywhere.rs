// If there is no such mailbox, it looks through all shards to be sure.
// => failed a_letter_to_nobody_waits_for_no_other_shard

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let forward = boxes.view(to, |_, mailbox| mailbox.forwards_to.clone());
    let name = match forward {
        Some(name) => name.unwrap_or_else(|| to.to_owned()),
        None => {
            let _anywhere = boxes.iter().any(|mailbox| mailbox.key() == to);
            return None;
        }
    };
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
