//! One compute job on all cores: with Rayon, with Tokio's blocking threads,
//! with scoped threads.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use rayon::prelude::*;
use ring::pbkdf2;

use super::{Line, argument, since};

/// Steps from `n` to 1, by the rule of Collatz.
fn steps(mut n: u64) -> u64 {
    let mut count = 0;
    while n != 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        count += 1;
    }
    count
}

/// A piece of the first job.
fn collatz(size: u64, nth: u64) -> u64 {
    (nth * size + 1..=(nth + 1) * size).map(steps).sum()
}

/// A piece of the second job.
fn hash(iterations: u64, nth: u64) -> u64 {
    let iterations = u32::try_from(iterations).ok().and_then(NonZero::new);
    let iterations = iterations
        .expect("there are fewer than four billion, and at least one");
    let (mut key, password) = ([0; 32], format!("password {nth}"));
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        iterations,
        b"salt",
        password.as_bytes(),
        &mut key,
    );
    u64::from(key[0]) << 8 | u64::from(key[1])
}

/// The job, the way, how many pieces, and their size.
pub(super) fn run(arguments: &[String]) -> Line {
    let (job, way): (String, String) =
        (argument(arguments, 0)?, argument(arguments, 1)?);
    let (count, size) =
        (argument::<u64>(arguments, 2)?, argument(arguments, 3)?);
    let piece: fn(u64, u64) -> u64 =
        if job == "collatz" { collatz } else { hash };
    let cores = thread::available_parallelism()?.get();
    let start = Instant::now();
    let sum: u64 = match way.as_str() {
        "one" => (0..count).map(|nth| piece(size, nth)).sum(),
        "rayon" => (0..count).into_par_iter().map(|nth| piece(size, nth)).sum(),
        "tokio" => {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().build()?;
            runtime.block_on(async {
                let next = Arc::new(AtomicU64::new(0));
                let worker = |_| {
                    let next = Arc::clone(&next);
                    tokio::task::spawn_blocking(move || {
                        take(&next, count, |nth| piece(size, nth))
                    })
                };
                let workers: Vec<_> = (0..cores).map(worker).collect();
                let mut sum = 0;
                for worker in workers {
                    sum += worker.await?;
                }
                Ok::<u64, tokio::task::JoinError>(sum)
            })?
        }
        _ => {
            let next = AtomicU64::new(0);
            let worker = || take(&next, count, |nth| piece(size, nth));
            thread::scope(|scope| {
                let workers: Vec<_> =
                    (0..cores).map(|_| scope.spawn(worker)).collect();
                workers
                    .into_iter()
                    .map(|it| it.join().expect("adding does not panic"))
                    .sum()
            })
        }
    };
    Ok(format!("seconds={} result={sum}", since(start)))
}

/// Takes the next piece until there is none.
fn take(next: &AtomicU64, count: u64, piece: impl Fn(u64) -> u64) -> u64 {
    let mut sum = 0;
    loop {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        if nth >= count {
            return sum;
        }
        sum += piece(nth);
    }
}
