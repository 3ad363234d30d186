//! Outside of a runtime you block, inside you await.

// ANCHOR: program
use std::any::Any;
use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, block_in_place, spawn_blocking};
use tokio::time::sleep;

// ANCHOR: async_price
/// The price of an article, in cents. A service knows it.
pub async fn price(article: String) -> u32 {
    sleep(Duration::from_millis(5)).await;
    article.len() as u32 * 100
}
// ANCHOR_END: async_price

// ANCHOR: library
/// The same for programs that know nothing of async. The runtime is its own
/// business.
#[derive(Debug)]
pub struct Prices {
    runtime: Runtime,
}

impl Prices {
    /// Prices with a runtime of their own: its tasks run on the thread that
    /// asks.
    pub fn new() -> std::io::Result<Self> {
        Ok(Prices {
            runtime: Builder::new_current_thread().enable_time().build()?,
        })
    }

    /// Blocks the thread until the price is there. Panics on a thread that runs
    /// async code.
    pub fn price(&self, article: &str) -> u32 {
        self.runtime.block_on(price(article.to_owned()))
    }
}
// ANCHOR_END: library

// ANCHOR: from_a_thread
/// Asks from a plain thread. The runtime is elsewhere, and its handle came
/// along.
pub fn ask_by_handle(runtime: &Handle, article: &str) -> u32 {
    runtime.block_on(price(article.to_owned()))
}

/// A question for a task, and the way back for the answer.
pub type Question = (String, oneshot::Sender<u32>);

/// Asks from a plain thread by message. `None` if the task has ended.
pub fn ask_by_message(
    questions: &mpsc::Sender<Question>,
    article: &str,
) -> Option<u32> {
    let (answer, answered) = oneshot::channel();
    questions.blocking_send((article.to_owned(), answer)).ok()?;
    answered.blocking_recv().ok()
}

/// The task that answers.
pub async fn answer(mut questions: mpsc::Receiver<Question>) {
    while let Some((article, answer)) = questions.recv().await {
        // An error says that nobody waits for it anymore.
        let _ = answer.send(price(article).await);
    }
}
// ANCHOR_END: from_a_thread

// ANCHOR: wrong
/// Asks the library in a task. It compiles, and panics.
pub async fn ask_in_a_task(prices: Arc<Prices>) -> Result<u32, JoinError> {
    tokio::spawn(async move { prices.price("teapot") }).await
}
// ANCHOR_END: wrong

// ANCHOR: right
/// Asks the library on a thread of the blocking pool, where blocking is
/// allowed.
pub async fn ask_on_the_pool(prices: Arc<Prices>) -> Result<u32, JoinError> {
    spawn_blocking(move || prices.price("teapot")).await
}

/// Asks for the cheaper of two, in a place that must block inside async code.
/// Panics on a current-thread runtime.
pub async fn cheaper_in_place(articles: [&str; 2]) -> u32 {
    let runtime = Handle::current();
    let [one, other] = block_in_place(|| {
        articles.map(|article| ask_by_handle(&runtime, article))
    });
    one.min(other)
}
// ANCHOR_END: right

/// Asks for prices from a plain `main`, from a plain thread, and from a task.
pub fn main() -> Result<(), Box<dyn Error>> {
    let prices = Arc::new(Prices::new()?);
    println!("main, which is not async");
    println!("  the library                    {}", prices.price("teapot"));

    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    let (questions, received) = mpsc::channel(8);
    runtime.spawn(answer(received));
    let handle = runtime.handle().clone();
    let asking = thread::spawn(move || {
        println!("a plain thread, beside a runtime");
        println!(
            "  Handle::block_on               {}",
            ask_by_handle(&handle, "cup")
        );
        println!(
            "  blocking_send, blocking_recv   {:?}",
            ask_by_message(&questions, "saucer")
        );
    });
    asking.join().expect("it does not panic");

    runtime.block_on(async {
        println!("async code");
        println!(
            "  price().await                  {}",
            price("spoon".to_owned()).await
        );
        let on_the_pool = ask_on_the_pool(Arc::clone(&prices)).await;
        println!("  the library in spawn_blocking  {on_the_pool:?}");
        println!(
            "  block_in_place                 {}",
            cheaper_in_place(["pot", "tray"]).await
        );
        let directly = ask_in_a_task(Arc::clone(&prices)).await;
        println!("  the library, called directly   {}", in_words(directly));
    });
    Ok(())
}

fn in_words(answer: Result<u32, JoinError>) -> String {
    match answer {
        Ok(price) => price.to_string(),
        Err(error) => {
            let panic = error.into_panic();
            format!(
                "panics: {}",
                reason(&*panic).split('.').next().unwrap_or_default()
            )
        }
    }
}

/// A panic's message.
pub fn reason(panic: &dyn Any) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
