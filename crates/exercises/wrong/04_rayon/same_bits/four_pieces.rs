// Reads the groups in four pieces, however many threads there are.
// => failed eight_groups_are_read_at_once

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let sums: Vec<Option<f64>> = meters
        .par_chunks(GROUP)
        .with_min_len(meters.len().div_ceil(GROUP).div_ceil(4).max(1))
        .map(|group| group.iter().map(&read).reduce(|left, right| left + right))
        .collect();
    sums.into_iter().flatten().reduce(|left, right| left + right).unwrap_or(0.0)
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
