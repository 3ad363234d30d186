// One pinned clock for all calls, and the pauses from an iterator.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

#[derive(Debug, PartialEq)]
enum Failure {
    /// The hut is closed for the winter.
    Closed,
    /// Nobody has understood a word. This was heard.
    Noise(&'static str),
}

#[derive(Debug, PartialEq)]
enum Unreached {
    Closed,
    /// It was time to stop. The last noise, if any.
    TimeUp(Option<&'static str>),
}

/// The pause after the first call. Each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

async fn reach<T>(
    until: Instant,
    mut call: impl AsyncFnMut(u32) -> Result<T, Failure>,
) -> Result<T, Unreached> {
    let mut clock = std::pin::pin!(sleep_until(until));
    let mut last = None;
    for (nth, pause) in (1..).zip(std::iter::successors(Some(PAUSE), |p| p.checked_mul(2))) {
        let said = tokio::select! {
            biased;
            said = call(nth) => said,
            () = &mut clock => break,
        };
        last = match said {
            Ok(answer) => return Ok(answer),
            Err(Failure::Closed) => return Err(Unreached::Closed),
            Err(Failure::Noise(heard)) => Some(heard),
        };
        match Instant::now().checked_add(pause) {
            Some(begin) if begin < until => sleep_until(begin).await,
            _ => break,
        }
    }
    Err(Unreached::TimeUp(last))
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
