//! On a paused clock, a test of an hour takes no time.

// ANCHOR: program
use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader,
};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

// ANCHOR: persistent
/// Asks until it gets an answer, at most `attempts` times. Waits 1 s after the
/// first refusal, and twice as long after each further one.
pub async fn persistent<T, E>(
    attempts: u32,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut wait = Duration::from_secs(1);
    for _ in 1..attempts {
        if let Ok(answer) = ask().await {
            return Ok(answer);
        }
        sleep(wait).await;
        wait *= 2;
    }
    ask().await
}
// ANCHOR_END: persistent

// ANCHOR: special
/// The dish of the day: it is cheap for a while. `Instant` is
/// `tokio::time::Instant`.
#[derive(Debug)]
pub struct Special {
    /// The price.
    pub cents: u32,
    /// When the offer ends.
    pub until: Instant,
}

impl Special {
    /// Returns the price, as long as the offer lasts.
    pub fn price(&self) -> Option<u32> {
        (Instant::now() < self.until).then_some(self.cents)
    }
}
// ANCHOR_END: special

// ANCHOR: serve
/// Answers each line that comes in. Returns how many there were.
pub async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<usize> {
    let mut stream = BufReader::new(stream);
    let mut dish = String::new();
    let mut served = 0;
    while stream.read_line(&mut dish).await? > 0 {
        let answer = format!("one {}, coming\n", dish.trim_end());
        stream.write_all(answer.as_bytes()).await?;
        served += 1;
        dish.clear();
    }
    Ok(served)
}
// ANCHOR_END: serve

// ANCHOR: clocks
/// Runs `persistent` on the real clock and on a paused one. Nobody ever
/// answers.
pub fn main() -> Result<(), Box<dyn Error>> {
    for (clock, paused, attempts) in [("real", false, 2), ("paused", true, 12)]
    {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(paused)
            .build()?;
        let wall = std::time::Instant::now();
        let waited = runtime.block_on(async {
            let start = Instant::now();
            let refused =
                persistent(attempts, async || Err::<(), _>("busy")).await;
            assert_eq!(refused, Err("busy"));
            start.elapsed()
        });
        let (waited, took) = (waited.as_secs(), wall.elapsed().as_secs());
        println!(
            "{clock:<6} clock, {attempts:>2} attempts: \
             waited {waited:>4} s, took {took} s"
        );
    }
    Ok(())
}
// ANCHOR_END: clocks
// ANCHOR_END: program

#[cfg(test)]
mod tests;
