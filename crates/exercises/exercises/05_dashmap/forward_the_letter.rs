// Put a letter into a mailbox, or into the one it forwards to. Letters are forwarded once: what the
// second mailbox says does not matter. Return the name of the mailbox that got the letter, or `None`
// if there is no such mailbox. This does not compile. Repair it.
//
// How it is judged: any two mailboxes may be in one shard of the map, and a mailbox may forward to
// itself. Other people use the map, too: every mailbox stays in it all the time. Who finds a mailbox
// locked waits; letters to two shards wait for nobody but their shard.
//
// Lesson: chapter-05 guards

use dashmap::DashMap;

#[derive(Debug, PartialEq)]
struct Letter(&'static str);

#[derive(Debug, Default)]
struct Mailbox {
    forwards_to: Option<String>,
    letters: Vec<Letter>,
}

fn deliver(boxes: &DashMap<String, Mailbox>, to: &str, letter: Letter) -> Option<String> {
    // TODO: the name is borrowed from a guard, and the guard is gone at the end of this line.
    let name = boxes.get(to)?.forwards_to.as_deref().unwrap_or(to);
    boxes.get_mut(name)?.letters.push(letter);
    Some(name.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use dashmap::DashMap;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Barrier, mpsc};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(40);
    const NAMES: [&str; 3] = ["mill", "harbor", "inn"];
    const CIRCLE: [(&str, &str); 3] = [("mill", "harbor"), ("harbor", "inn"), ("inn", "mill")];

    /// Three mailboxes in two shards, so that two of them share one, and who forwards to whom.
    fn boxes(forwards: &[(&str, &str)]) -> DashMap<String, Mailbox> {
        let boxes = DashMap::with_shard_amount(2);
        for name in NAMES {
            boxes.insert(name.to_owned(), Mailbox::default());
        }
        for &(from, to) in forwards {
            boxes.get_mut(from).expect("it is there").forwards_to = Some(to.to_owned());
        }
        boxes
    }

    /// The same, but the mill has a shard for itself. Which share a shard differs from map to map.
    fn mill_alone(forwards: &[(&str, &str)]) -> Arc<DashMap<String, Mailbox>> {
        let alone = |boxes: &Arc<DashMap<String, Mailbox>>| {
            let _mill = boxes.get_mut("mill");
            !["harbor", "inn"].iter().any(|name| boxes.try_get(*name).is_locked())
        };
        let mut maps = std::iter::repeat_with(|| Arc::new(boxes(forwards)));
        maps.find(alone).expect("one of four maps is so")
    }

    /// How many letters are in each of the three mailboxes; `None` if a mailbox is not there.
    fn letters(boxes: &DashMap<String, Mailbox>) -> [Option<usize>; 3] {
        NAMES.map(|name| boxes.get(name).map(|found| found.letters.len()))
    }

    #[test]
    fn a_letter_stays_if_it_is_not_forwarded() {
        let (told, letters) = within(LIMIT, || {
            let boxes = boxes(&[]);
            (deliver(&boxes, "harbor", Letter("hello")), letters(&boxes))
        });
        assert_eq!(told.as_deref(), Some("harbor"));
        assert_eq!(letters, [Some(0), Some(1), Some(0)]);
    }

    #[test]
    fn letters_are_forwarded_once_even_within_a_shard() {
        // Which two share a shard differs from run to run. One of these letters goes from one to
        // the other.
        let (told, letters) = within(LIMIT, || {
            let boxes = boxes(&CIRCLE);
            (NAMES.map(|to| deliver(&boxes, to, Letter("hello"))), letters(&boxes))
        });
        assert_eq!(told, ["harbor", "inn", "mill"].map(|name| Some(name.to_owned())));
        assert_eq!(letters, [Some(1); 3]);
    }

    #[test]
    fn a_mailbox_may_forward_to_itself() {
        let (told, letters) = within(LIMIT, || {
            let boxes = boxes(&[("inn", "inn")]);
            (deliver(&boxes, "inn", Letter("hello")), letters(&boxes))
        });
        assert_eq!(told.as_deref(), Some("inn"));
        assert_eq!(letters, [Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn a_name_that_is_missing_changes_nothing() {
        let (told, letters) = within(LIMIT, || {
            let boxes = boxes(&[]);
            // There is no such mailbox. If there were, it would be in the shard of the mill.
            let moon = (0..).map(|number| format!("moon {number}")).find(|moon| {
                let _held = boxes.get_mut("mill");
                boxes.try_get(moon).is_locked()
            });
            let moon = moon.expect("half of all names are in that shard");
            boxes.get_mut("mill").expect("it is there").forwards_to = Some(moon.clone());
            let unknown = deliver(&boxes, &moon, Letter("hello"));
            let forwarded = deliver(&boxes, "mill", Letter("hello"));
            ([unknown, forwarded].map(|told| told.is_some()), letters(&boxes))
        });
        assert_eq!(told, [false, false], "whether a mailbox got the letter");
        assert_eq!(letters, [Some(0), Some(0), Some(0)], "letters in each mailbox");
    }

    #[test]
    fn every_mailbox_is_there_all_the_time() {
        let missing = within(LIMIT, || {
            let (boxes, over) = (boxes(&CIRCLE), AtomicBool::new(false));
            let mut missing = 0;
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        let begun = Instant::now();
                        while begun.elapsed() < Duration::from_millis(700) {
                            for to in NAMES {
                                deliver(&boxes, to, Letter("hello"));
                            }
                        }
                        over.store(true, Ordering::Relaxed);
                    });
                }
                while !over.load(Ordering::Relaxed) {
                    missing += NAMES.iter().filter(|name| boxes.get(**name).is_none()).count();
                }
            });
            missing
        });
        assert_eq!(missing, 0, "how often somebody did not find a mailbox");
    }

    #[test]
    fn who_finds_a_mailbox_locked_waits() {
        let told = within(LIMIT, || {
            let (boxes, (locked, is_locked)) = (mill_alone(&CIRCLE), mpsc::channel());
            let other = Arc::clone(&boxes);
            thread::spawn(move || {
                let _all: Vec<_> = NAMES.iter().take(1).map(|name| other.get_mut(*name)).collect();
                let _ = locked.send(());
                thread::sleep(Duration::from_millis(400));
            });
            is_locked.recv_timeout(LIMIT).expect("it locks the mailbox");
            ["inn", "mill", "harbor"].map(|to| deliver(&boxes, to, Letter("hello")))
        });
        assert_eq!(told, ["mill", "harbor", "inn"].map(|name| Some(name.to_owned())));
    }

    #[test]
    fn a_letter_waits_for_no_other_shard() {
        let told = within(LIMIT, || {
            let boxes = mill_alone(&[("harbor", "inn"), ("inn", "mill")]);
            // Somebody stands at the mill already: at their first step, or at their second, for the
            // inn forwards to it. Another letter goes from the harbor to the inn.
            ["mill", "inn"].map(|to| {
                let mill = boxes.get_mut("mill");
                let (ours, (tell, told)) = (Arc::clone(&boxes), mpsc::channel());
                let (to_mill, begun) = (Arc::clone(&boxes), Arc::new(Barrier::new(2)));
                let begins = Arc::clone(&begun);
                thread::spawn(move || {
                    begins.wait();
                    deliver(&to_mill, to, Letter("hello"))
                });
                begun.wait();
                thread::sleep(Duration::from_millis(400));
                thread::spawn(move || tell.send(deliver(&ours, "harbor", Letter("hello"))));
                let told = told.recv_timeout(Duration::from_secs(10));
                drop(mill);
                told.is_ok()
            })
        });
        assert_eq!(told, [true; 2], "whether a letter went past those who wait for another shard");
    }

    #[test]
    fn mail_from_all_sides_arrives() {
        let letters = within(LIMIT, || {
            let (boxes, start) = (boxes(&CIRCLE), Barrier::new(4));
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        for to in [NAMES; 5000].concat() {
                            deliver(&boxes, to, Letter("hello")).expect("it is there");
                        }
                    });
                }
            });
            letters(&boxes)
        });
        assert_eq!(letters, [Some(20_000); 3]);
    }

    #[test]
    fn a_letter_to_nobody_waits_for_no_other_shard() {
        let told = within(LIMIT, || {
            let boxes = mill_alone(&[]);
            let mill = boxes.get_mut("mill");
            // There is no such mailbox. If there were, it would not be in the shard of the mill.
            let mut moons = (0..).map(|number| format!("moon {number}"));
            let moon = moons.find(|moon| !boxes.try_get(moon).is_locked());
            let moon = moon.expect("half of all names are in the other shard");
            let (ours, (tell, told)) = (Arc::clone(&boxes), mpsc::channel());
            thread::spawn(move || tell.send(deliver(&ours, &moon, Letter("hello"))));
            let told = told.recv_timeout(Duration::from_secs(10));
            drop(mill);
            told
        });
        assert_eq!(told, Ok(None), "what was told of a mailbox that is not there");
    }

    #[test]
    fn a_mailbox_may_have_an_empty_name() {
        let (told, letters) = within(LIMIT, || {
            let boxes = boxes(&[("inn", "")]);
            boxes.insert(String::new(), Mailbox::default());
            let told = ["", "inn"].map(|to| deliver(&boxes, to, Letter("hello")));
            (told, boxes.get("").map(|found| found.letters.len()))
        });
        assert_eq!(told, [Some(String::new()), Some(String::new())]);
        assert_eq!(letters, Some(2), "letters in the mailbox with the empty name");
    }
}
