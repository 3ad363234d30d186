// Forwards one letter at a time, also if it has to wait for a shard.
// => failed a_letter_waits_for_no_other_shard

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    static FORWARDING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let mut first = boxes.get_mut(to)?;
    let Some(name) = first.forwards_to.clone().filter(|name| name != to) else {
        first.letters.push(letter);
        return Some(to.to_owned());
    };
    drop(first);
    let _one = FORWARDING.lock().unwrap();
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
