// A third thread throws the draft away, a little later.
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
    let (one, two) = (Arc::clone(&draft), Arc::clone(&draft));
    let first = thread::spawn(move || misprints(&one));
    let second = thread::spawn(move || gaps(&two));
    let first = first.join().expect("a reader does not panic");
    let second = second.join().expect("a reader does not panic");
    thread::spawn(move || drop(draft));
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

