// Atomics take the numbers, and the scope alone joins.

use std::sync::Arc;
use std::thread;

#[derive(Clone)]
struct Draft {
    text: String,
    cover: Arc<str>,
}

type Reader = Box<dyn Fn(&Draft) -> usize + Send + Sync>;

fn proofread(draft: Draft, misprints: Reader, gaps: Reader) -> (usize, usize) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let counts = [AtomicUsize::new(0), AtomicUsize::new(0)];
    thread::scope(|scope| {
        for (reader, count) in [misprints, gaps].into_iter().zip(&counts) {
            let draft = &draft;
            scope.spawn(move || count.store(reader(draft), Ordering::Relaxed));
        }
    });
    drop(draft);
    let [first, second] = counts;
    (first.into_inner(), second.into_inner())
}

fn main() {
    let draft = Draft { text: "Teh ship sialed at …, or so we …".into(), cover: "blue".into() };
    let misprints: Reader =
        Box::new(|draft| draft.text.matches("Teh").count() + draft.text.matches("sia").count());
    let gaps: Reader = Box::new(|draft| draft.text.matches('…').count());
    let (misprints, gaps) = proofread(draft, misprints, gaps);
    println!("{misprints} misprints, {gaps} gaps");
}
