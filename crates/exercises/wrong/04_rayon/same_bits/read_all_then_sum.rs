// Reads in parallel and adds on one thread: no group is a job of its own.
// => failed the_meters_of_one_group_are_read_one_after_the_other

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    // only the reading is parallel; no group is a job, all additions are done by one thread
    let readings: Vec<f64> = meters.par_iter().map(read).collect();
    readings.chunks(GROUP).map(|group| group.iter().sum::<f64>()).sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
