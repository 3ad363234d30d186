// Writes the sums into places that were made before.

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let mut sums = vec![0.0; meters.len().div_ceil(GROUP)];
    sums.par_iter_mut().zip(meters.par_chunks(GROUP)).for_each(|(sum, group)| {
        for meter in group {
            *sum += read(meter);
        }
    });
    sums.into_iter().fold(0.0, |total, sum| total + sum)
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
