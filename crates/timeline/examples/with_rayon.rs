//! Rayon: jobs of different lengths, and threads that take the next one when
//! they are done.
//!
//! cargo run -p timeline --example with_rayon

use rayon::prelude::*;
use tracing::info_span;

fn main() {
    let timeline = timeline::timeline("six ranges, the later the longer");
    let found: usize = (0..6_u64)
        .into_par_iter()
        // Made and entered in one place: it is alive only while it runs.
        .map(|range| info_span!("count", range).in_scope(|| primes_in(range)))
        .sum();
    timeline.draw();
    println!("{found} primes below 60000");
}

fn primes_in(range: u64) -> usize {
    (range * 10_000..(range + 1) * 10_000).filter(|&n| is_prime(n)).count()
}

fn is_prime(n: u64) -> bool {
    n >= 2
        && (2..)
            .take_while(|divisor| divisor * divisor <= n)
            .all(|d| !n.is_multiple_of(d))
}
