// Arc, and a check that it is the last owner.

use std::sync::Arc;
use std::thread;

#[derive(Clone)]
struct Draft {
    text: String,
    cover: Arc<str>,
}

type Reader = Box<dyn Fn(&Draft) -> usize + Send + Sync>;

fn proofread(draft: Draft, misprints: Reader, gaps: Reader) -> (usize, usize) {
    let shared = Arc::new(draft);
    let spawn = |read: Reader| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || read(&shared))
    };
    let handles = [spawn(misprints), spawn(gaps)];
    let [one, two] = handles.map(|handle| handle.join().expect("a reader does not panic"));
    drop(Arc::into_inner(shared).expect("both threads have ended"));
    (one, two)
}

fn main() {
    let draft = Draft { text: "Teh ship sialed at …, or so we …".into(), cover: "blue".into() };
    let misprints: Reader =
        Box::new(|draft| draft.text.matches("Teh").count() + draft.text.matches("sia").count());
    let gaps: Reader = Box::new(|draft| draft.text.matches('…').count());
    let (misprints, gaps) = proofread(draft, misprints, gaps);
    println!("{misprints} misprints, {gaps} gaps");
}
