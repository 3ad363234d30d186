// Desk and remove.
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
    // one at a time; and the mailbox is out of the map for a moment
    static DESK: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _desk = DESK.lock().unwrap();
    let name = boxes.get(to)?.forwards_to.clone().unwrap_or_else(|| to.to_owned());
    let (name, mut mailbox) = boxes.remove(&name)?;
    mailbox.letters.push(letter);
    boxes.insert(name.clone(), mailbox);
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
