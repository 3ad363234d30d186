// One timeout around all: the last noise goes with what was dropped.
// => failed a_call_is_dropped_when_time_is_up

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
    let calling = async {
        let mut pause = PAUSE;
        for nth in 1.. {
            match call(nth).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Closed) => return Err(Unreached::Closed),
                Err(Failure::Noise(heard)) if Instant::now() + pause >= until => {
                    return Err(Unreached::TimeUp(Some(heard)));
                }
                Err(Failure::Noise(_)) => sleep(pause).await,
            }
            pause *= 2;
        }
        unreachable!("there is always another call")
    };
    timeout_at(until, calling).await.unwrap_or(Err(Unreached::TimeUp(None)))
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
