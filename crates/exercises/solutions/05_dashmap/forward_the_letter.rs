// Put a letter into a mailbox, or into the one it forwards to. Letters are forwarded once: what the
// second mailbox says does not matter. Return the name of the mailbox that got the letter, or `None`
// if there is no such mailbox. This does not compile. Repair it.
//
// How it is judged: any two mailboxes may be in one shard of the map, and a mailbox may forward to
// itself. Other people use the map, too: every mailbox stays in it all the time.

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    // A name of its own, and the guard is gone at the end of this statement.
    let name = boxes.get(to)?.forwards_to.clone().unwrap_or_else(|| to.to_owned());
    boxes.get_mut(&name)?.letters.push(letter);
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

#[cfg(test)]
mod tests {
    use super::*;
    use dashmap::DashMap;
    use std::thread;
    use std::time::Duration;
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(5);
    const NAMES: [&str; 3] = ["mill", "harbor", "inn"];

    /// Three mailboxes in two shards: two of them share one. The first forwards to the second.
    fn boxes(first: &str, second: &str) -> DashMap<String, Mailbox> {
        let boxes = DashMap::with_shard_amount(2);
        for name in NAMES {
            boxes.insert(name.to_owned(), Mailbox::default());
        }
        boxes.get_mut(first).expect("it is there").forwards_to = Some(second.to_owned());
        boxes
    }

    /// How many letters are in each of the three mailboxes; `None` if a mailbox is not there.
    fn letters(boxes: &DashMap<String, Mailbox>) -> [Option<usize>; 3] {
        NAMES.map(|name| boxes.get(name).map(|found| found.letters.len()))
    }

    #[test]
    fn a_letter_is_forwarded_once() {
        let (first, second, letters) = within(LIMIT, || {
            let boxes = boxes("mill", "harbor");
            boxes.get_mut("harbor").expect("it is there").forwards_to = Some("inn".to_owned());
            let first = deliver(&boxes, "mill", Letter("about flour"));
            let second = deliver(&boxes, "inn", Letter("about beer"));
            (first, second, letters(&boxes))
        });
        assert_eq!(first.as_deref(), Some("harbor"));
        assert_eq!(second.as_deref(), Some("inn"));
        assert_eq!(letters, [Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn two_mailboxes_may_share_a_shard() {
        for (first, second) in [("mill", "harbor"), ("harbor", "inn"), ("inn", "mill")] {
            let (told, count) = within(LIMIT, move || {
                let boxes = boxes(first, second);
                let told = deliver(&boxes, first, Letter("hello"));
                (told, boxes.get(second).map(|found| found.letters.len()))
            });
            assert_eq!((told.as_deref(), count), (Some(second), Some(1)));
        }
    }

    #[test]
    fn a_mailbox_may_forward_to_itself() {
        let (told, letters) = within(LIMIT, || {
            let boxes = boxes("inn", "inn");
            (deliver(&boxes, "inn", Letter("hello")), letters(&boxes))
        });
        assert_eq!(told.as_deref(), Some("inn"));
        assert_eq!(letters, [Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn a_name_that_is_missing_changes_nothing() {
        let (unknown, forwarded, letters) = within(LIMIT, || {
            let boxes = boxes("mill", "the moon");
            let unknown = deliver(&boxes, "the moon", Letter("hello"));
            (unknown, deliver(&boxes, "mill", Letter("hello")), letters(&boxes))
        });
        assert_eq!((unknown, forwarded), (None, None));
        assert_eq!(letters, [Some(0), Some(0), Some(0)], "letters in each mailbox");
    }

    #[test]
    fn mail_both_ways_at_once_all_arrives() {
        let letters = within(LIMIT, || {
            let boxes = boxes("mill", "harbor");
            boxes.get_mut("harbor").expect("it is there").forwards_to = Some("mill".to_owned());
            thread::scope(|scope| {
                for to in ["mill", "harbor", "mill", "harbor"] {
                    let boxes = &boxes;
                    scope.spawn(move || {
                        for _ in 0..500 {
                            deliver(boxes, to, Letter("hello")).expect("it is there");
                        }
                    });
                }
            });
            letters(&boxes)
        });
        assert_eq!(letters, [Some(1000), Some(1000), Some(0)]);
    }
}
