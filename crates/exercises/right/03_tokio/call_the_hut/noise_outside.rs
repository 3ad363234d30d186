// One timeout around all, and the noise is kept outside of it.

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
    let mut noise = None;
    let calling = async {
        let (mut nth, mut pause) = (1, PAUSE);
        loop {
            match call(nth).await {
                Ok(answer) => break Ok(answer),
                Err(Failure::Closed) => break Err(Unreached::Closed),
                Err(Failure::Noise(heard)) => noise = Some(heard),
            }
            if until.saturating_duration_since(Instant::now()) <= pause {
                break Err(Unreached::TimeUp(None));
            }
            sleep(pause).await;
            nth += 1;
            pause = pause.saturating_mul(2);
        }
    };
    match timeout_at(until, calling).await {
        Ok(Err(Unreached::TimeUp(_))) | Err(_) => Err(Unreached::TimeUp(noise)),
        Ok(end) => end,
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
