// Adds a group to the total when the group is done: in the order of the ends.
// => failed the_first_group_may_be_the_last_to_be_done

use rayon::prelude::*;
use std::sync::Mutex;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let total = Mutex::new(0.0);
    meters.par_chunks(GROUP).for_each(|group| {
        let sum: f64 = group.iter().map(&read).sum();
        *total.lock().unwrap() += sum;
    });
    total.into_inner().unwrap()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
