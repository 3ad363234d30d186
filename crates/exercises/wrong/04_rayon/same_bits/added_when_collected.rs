// Reads in parallel, but adds one long row: these are the bits of a loop, not of groups.
// => failed the_groups_are_the_same_on_any_number_of_threads

use rayon::prelude::*;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let readings: Vec<f64> = meters.par_iter().map(read).collect();
    readings.iter().sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
