// Lifetime forged with unsafe: if the first reader panics the draft is freed while the second reads.
// => did not compile unsafe

use std::sync::Arc;
use std::thread;

#[derive(Clone)]
struct Draft {
    text: String,
    cover: Arc<str>,
}

type Reader = Box<dyn Fn(&Draft) -> usize + Send + Sync>;

fn proofread(draft: Draft, misprints: Reader, gaps: Reader) -> (usize, usize) {
    let borrowed: &'static Draft = unsafe { &*(&draft as *const Draft) };
    let first = thread::spawn(move || misprints(borrowed));
    let second = thread::spawn(move || gaps(borrowed));
    let first = first.join().expect("a reader does not panic");
    let second = second.join().expect("a reader does not panic");
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
