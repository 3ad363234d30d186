// Adds a last group of one meter to the group before.
// => failed the_sums_of_the_groups_are_added_from_left_to_right

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let groups = meters.len().saturating_sub(2) / GROUP + 1;
    let sums: Vec<Option<f64>> = (0..groups)
        .into_par_iter()
        .with_max_len(1)
        .map(|nth| {
            let end = if nth + 1 == groups { meters.len() } else { (nth + 1) * GROUP };
            meters[nth * GROUP..end].iter().map(&read).reduce(|left, right| left + right)
        })
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
