// Reads 64 groups, and begins no other before all of them are done.
// => failed a_slow_group_holds_up_few_others

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let mut total: Option<f64> = None;
    for many in meters.chunks(64 * GROUP) {
        let sums: Vec<f64> = many
            .par_chunks(GROUP)
            .with_max_len(1)
            .map(|group| {
                let mut readings = group.iter().map(&read);
                let first = readings.next().unwrap_or(-0.0);
                readings.fold(first, |sum, reading| sum + reading)
            })
            .collect();
        for sum in sums {
            total = Some(total.map_or(sum, |total| total + sum));
        }
    }
    total.unwrap_or(0.0)
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
