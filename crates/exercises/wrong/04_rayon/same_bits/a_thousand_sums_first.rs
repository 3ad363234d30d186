// Adds a thousand sums of groups first, then the next thousand, and then these.
// => failed the_groups_are_the_same_on_any_number_of_threads

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let sums: Vec<f64> =
        meters.par_chunks(GROUP).map(|group| group.iter().map(&read).sum()).collect();
    sums.chunks(1000).map(|some| some.iter().sum::<f64>()).sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
