// Two threads, and the second is spawned when the first has ended.
// => failed the_two_read_at_the_same_time

use std::sync::Arc;
use std::thread;

#[derive(Clone)]
struct Draft {
    text: String,
    cover: Arc<str>,
}

type Reader = Box<dyn Fn(&Draft) -> usize + Send + Sync>;

fn proofread(draft: Draft, misprints: Reader, gaps: Reader) -> (usize, usize) {
    thread::scope(|scope| {
        let first = scope.spawn(|| misprints(&draft)).join().expect("a reader does not panic");
        let second = scope.spawn(|| gaps(&draft));
        let second = second.join().expect("a reader does not panic");
        (first, second)
    })
}

fn main() {
    let draft = Draft { text: "Teh ship sialed at …, or so we …".into(), cover: "blue".into() };
    let misprints: Reader =
        Box::new(|draft| draft.text.matches("Teh").count() + draft.text.matches("sia").count());
    let gaps: Reader = Box::new(|draft| draft.text.matches('…').count());
    let (misprints, gaps) = proofread(draft, misprints, gaps);
    println!("{misprints} misprints, {gaps} gaps");
}
