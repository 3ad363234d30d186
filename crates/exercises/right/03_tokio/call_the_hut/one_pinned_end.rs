// One timer for all, pinned, and `select!` in the order in which it is written.

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
    let mut end = std::pin::pin!(tokio::time::sleep_until(until));
    let (mut nth, mut pause, mut noise) = (1, PAUSE, None);
    loop {
        tokio::select! {
            biased;
            said = call(nth) => match said {
                Ok(answer) => return Ok(answer),
                Err(Failure::Closed) => return Err(Unreached::Closed),
                Err(Failure::Noise(heard)) => noise = Some(heard),
            },
            () = &mut end => return Err(Unreached::TimeUp(noise)),
        }
        let next = Instant::now() + pause;
        if next >= until {
            return Err(Unreached::TimeUp(noise));
        }
        tokio::time::sleep_until(next).await;
        (nth, pause) = (nth + 1, pause * 2);
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
