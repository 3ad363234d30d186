//! An interval keeps its rhythm, and a sleep in a loop drifts.

// ANCHOR: program
use std::error::Error;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tracing::{Instrument, info_span};

// ANCHOR: sleeping
/// Looks into the oven again and again, and sleeps for `period` after each
/// look.
pub async fn sleeping(period: Duration, mut look: impl AsyncFnMut()) {
    loop {
        look().await;
        sleep(period).await;
    }
}
// ANCHOR_END: sleeping

// ANCHOR: ticking
/// Looks into the oven at each tick. `missed` says what becomes of the ticks
/// during a long look.
pub async fn ticking(
    period: Duration,
    missed: MissedTickBehavior,
    mut look: impl AsyncFnMut(),
) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(missed);
    loop {
        ticks.tick().await;
        look().await;
    }
}
// ANCHOR_END: ticking

/// The reason for a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A tick.
    Tick,
    /// Somebody rang.
    Bell,
}

// ANCHOR: notified
/// Looks at each tick, and when the bell rings, until `closing`.
pub async fn until(
    closing: Instant,
    period: Duration,
    bell: &Notify,
    mut look: impl AsyncFnMut(Why),
) {
    let mut ticks = interval(period);
    loop {
        let why = tokio::select! {
            biased;
            () = sleep_until(closing) => return,
            () = bell.notified() => Why::Bell,
            _ = ticks.tick() => Why::Tick,
        };
        look(why).await;
    }
}
// ANCHOR_END: notified

/// Looks every 50 ms in four ways, the second look is a long one; first on a
/// paused clock, which is exact, then on the real one, for the picture.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "when each look begins, in ms; it takes 10 ms, the second one 120"
    );
    let paused = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    for way in WAYS {
        let looks: Vec<_> = paused
            .block_on(looks(way))
            .iter()
            .map(|at| at.as_millis())
            .collect();
        println!("  {:<7}{looks:>4?}", name(way));
    }
    println!();
    let timeline =
        timeline::timeline("a look every 50 ms, the second takes 120");
    let real = Builder::new_current_thread().enable_time().build()?;
    let ways = WAYS
        .map(|way| looks(way).instrument(info_span!("look", way = name(way))));
    // It polls only those that were woken: `join!` would poll all four each
    // time.
    real.block_on(FuturesUnordered::from_iter(ways).collect::<Vec<_>>());
    timeline.draw();
    Ok(())
}

const WAYS: [Option<MissedTickBehavior>; 4] = [
    None,
    Some(MissedTickBehavior::Burst),
    Some(MissedTickBehavior::Delay),
    Some(MissedTickBehavior::Skip),
];

fn name(way: Option<MissedTickBehavior>) -> String {
    way.map_or("sleep".to_owned(), |missed| format!("{missed:?}"))
}

/// When each look began, counted from the first, within 325 ms. `None` sleeps.
async fn looks(way: Option<MissedTickBehavior>) -> Vec<Duration> {
    let ms = Duration::from_millis;
    let (start, mut looks) = (Instant::now(), Vec::new());
    let look = async || {
        looks.push(start.elapsed());
        sleep(if looks.len() == 2 { ms(120) } else { ms(10) }).await;
    };
    let end = start + ms(325);
    let looking = async {
        match way {
            None => sleeping(ms(50), look).await,
            Some(missed) => ticking(ms(50), missed, look).await,
        }
    };
    // An error says that time was up, and that is how it ends.
    let _ = tokio::time::timeout_at(end, looking).await;
    looks
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
