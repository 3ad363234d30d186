// Waits for the numbers, and not for the threads: one that has said its number still has the draft.
// => failed the_draft_is_gone_afterward

use std::sync::Arc;
use std::thread;

#[derive(Clone)]
struct Draft {
    text: String,
    cover: Arc<str>,
}

type Reader = Box<dyn Fn(&Draft) -> usize + Send + Sync>;

fn proofread(draft: Draft, misprints: Reader, gaps: Reader) -> (usize, usize) {
    let draft = Arc::new(draft);
    let read = |reader: Reader| {
        let draft = Arc::clone(&draft);
        let (sender, count) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let _ = sender.send(reader(&draft));
        });
        count
    };
    let first = read(misprints);
    let second = read(gaps);
    let first = first.recv().expect("a reader does not panic");
    let second = second.recv().expect("a reader does not panic");
    (first, second)
}

fn main() {
    let draft = Draft { text: "Teh ship sialed at …, or so we …".into(), cover: "blue".into() };
    let misprints: Reader =
        Box::new(|draft| draft.text.matches("Teh").count() + draft.text.matches("sia").count());
    let gaps: Reader = Box::new(|draft| draft.text.matches('…').count());
    let (misprints, gaps) = proofread(draft, misprints, gaps);
    println!("{misprints} misprints, {gaps} gaps");
}
