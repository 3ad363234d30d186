// Waits for the second mailbox for a tenth of a second, and then gives the letter up.
// => failed who_finds_a_mailbox_locked_waits

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    let name = boxes.view(to, |_, mailbox| mailbox.forwards_to.clone())?;
    let name = name.unwrap_or_else(|| to.to_owned());
    for _ in 0..100 {
        let mut place = boxes.try_get_mut(&name);
        if place.is_locked() {
            drop(place);
            std::thread::sleep(std::time::Duration::from_millis(1));
            continue;
        }
        return match place {
            dashmap::try_result::TryResult::Present(ref mut mailbox) => {
                mailbox.letters.push(letter);
                drop(place);
                Some(name)
            }
            _ => None,
        };
    }
    None
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
