// Adds the sums of more than 64 groups in rows of 64, and then the sums of the rows.
// => failed the_sums_of_the_groups_are_added_from_left_to_right

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let sums: Vec<Option<f64>> = meters
        .par_chunks(GROUP)
        .with_max_len(1)
        .map(|group| group.iter().map(&read).reduce(|left, right| left + right))
        .collect();
    let mut sums: Vec<f64> = sums.into_iter().flatten().collect();
    while sums.len() > 1 {
        sums = sums.chunks(64).map(|row| row[1..].iter().fold(row[0], |a, b| a + b)).collect();
    }
    sums.pop().unwrap_or(0.0)
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
