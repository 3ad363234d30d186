// Calls itself for the next call, in a box.

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
    async fn from<T>(
        nth: u32,
        pause: Duration,
        until: Instant,
        before: Option<&'static str>,
        call: &mut impl AsyncFnMut(u32) -> Result<T, Failure>,
    ) -> Result<T, Unreached> {
        let heard = match timeout_at(until, call(nth)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(Failure::Closed)) => return Err(Unreached::Closed),
            Ok(Err(Failure::Noise(heard))) => heard,
            Err(_) => return Err(Unreached::TimeUp(before)),
        };
        if Instant::now() + pause >= until {
            return Err(Unreached::TimeUp(Some(heard)));
        }
        sleep(pause).await;
        Box::pin(from(nth + 1, pause * 2, until, Some(heard), call)).await
    }
    from(1, PAUSE, until, None, &mut call).await
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
