// `select!` asks in a random order.
// => failed an_answer_at_the_last_moment_counts

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
    let (mut pause, mut noise) = (PAUSE, None);
    for nth in 1.. {
        match async {
            tokio::select! {
                () = tokio::time::sleep_until(until) => Err(()),
                said = call(nth) => Ok(said),
            }
        }
        .await
        {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(Failure::Closed)) => return Err(Unreached::Closed),
            Ok(Err(Failure::Noise(heard))) => noise = Some(heard),
            Err(_time_is_up) => break,
        }
        if Instant::now() + pause >= until {
            break;
        }
        sleep(pause).await;
        pause *= 2;
    }
    Err(Unreached::TimeUp(noise))
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let until = Instant::now() + Duration::from_secs(20);
    let call = async |nth| if nth < 2 { Err(Failure::Noise("krrr")) } else { Ok("soup is ready") };
    println!("{:?}", reach(until, call).await);
}
