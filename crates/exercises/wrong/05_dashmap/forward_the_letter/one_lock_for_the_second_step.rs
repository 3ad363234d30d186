// One letter at a time takes its second step: it waits with the lock for a mailbox that is locked.
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
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let name = boxes.get(to)?.forwards_to.clone().unwrap_or_else(|| to.to_owned());
    let _one = ONE.lock().expect("nobody panics with the lock");
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
