// Works out the time that is left, and makes the pauses with an iterator.

use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

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
    let left = || until.saturating_duration_since(Instant::now());
    let pauses = std::iter::successors(Some(PAUSE), |pause| pause.checked_mul(2));
    let mut noise = None;
    for (pause, nth) in pauses.zip(1..) {
        let Ok(said) = tokio::time::timeout(left(), call(nth)).await else { break };
        noise = match said {
            Ok(answer) => return Ok(answer),
            Err(Failure::Closed) => return Err(Unreached::Closed),
            Err(Failure::Noise(heard)) => Some(heard),
        };
        if pause >= left() {
            break;
        }
        sleep(pause).await;
    }
    Err(Unreached::TimeUp(noise))
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
