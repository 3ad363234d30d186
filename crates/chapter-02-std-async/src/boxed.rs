//! In a box, futures of many types become one type.
//!
//! That is what `dyn` needs of a trait.

// ANCHOR: program
use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

// ANCHOR: boxed
/// [`Source`] for `dyn`: every type's future in a box, and so of one type.
pub trait DynSource {
    /// Returns the future of [`Source::fetch`].
    fn fetch_boxed<'a>(
        &'a self,
        page: &'a str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>>;
}

impl<S: Source> DynSource for S {
    fn fetch_boxed<'a>(
        &'a self,
        page: &'a str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(self.fetch(page))
    }
}
// ANCHOR_END: boxed

// ANCHOR: shelf
/// Pages at hand, by name. A page that is not there is empty.
impl Source for BTreeMap<String, String> {
    async fn fetch(&self, page: &str) -> String {
        self.get(page).cloned().unwrap_or_default()
    }
}
// ANCHOR_END: shelf

/// Fetches a page from a list of two types, then compares the sizes of their
/// futures.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mirror = Mirror { takes: Duration::from_millis(30) };
    let shelf =
        BTreeMap::from([("index".to_owned(), "a page at hand".to_owned())]);

    println!("boxed by hand, in bytes");
    println!("            fetch returns   fetch_boxed returns   in the box");
    print_sizes("mirror", &mirror);
    print_sizes("shelf", &shelf);

    println!("\none list of both");
    let sources: [Box<dyn DynSource>; 2] = [Box::new(mirror), Box::new(shelf)];
    for source in &sources {
        println!("  {:?}", block_on(source.fetch_boxed("index")));
    }
    Ok(())
}

fn print_sizes<S: Source>(name: &str, source: &S) {
    let (native, boxed) = (source.fetch("index"), source.fetch_boxed("index"));
    let [native, pointer, inside] =
        [size_of_val(&native), size_of_val(&boxed), size_of_val(&*boxed)];
    println!("  {name:6} {native:>16} {pointer:>21} {inside:>12}");
}

/// Where pages come from: from the lesson `traits`.
pub trait Source {
    /// Returns the text of a page, perhaps after a while. The future may move
    /// to another thread.
    fn fetch(&self, page: &str) -> impl Future<Output = String> + Send;
}

/// A server that takes a while to answer.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// For how long.
    pub takes: Duration,
}

impl Source for Mirror {
    async fn fetch(&self, page: &str) -> String {
        wait(self.takes).await;
        format!("the page '{page}'")
    }
}

/// Waits as long as `takes` says. Another thread sleeps meanwhile, and then
/// wakes: from the lesson `timeout`.
async fn wait(takes: Duration) {
    let state = Arc::new(Mutex::new((false, None::<Waker>)));
    let threads = Arc::clone(&state);
    thread::spawn(move || {
        thread::sleep(takes);
        let mut state =
            threads.lock().expect("nobody panics with the lock held");
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    poll_fn(|cx| {
        let mut state = state.lock().expect("nobody panics with the lock held");
        state.1 = Some(cx.waker().clone());
        if state.0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Polls `future` on this thread, which sleeps in between: from the lesson
/// `async-fn`.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
// ANCHOR_END: program

#[cfg(all(test, not(loom)))]
mod tests;
