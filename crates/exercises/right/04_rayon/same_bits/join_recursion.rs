// Join recursion.

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    fn sums<M: Sync>(meters: &[M], read: &(impl Fn(&M) -> f64 + Sync)) -> Vec<f64> {
        if meters.len() <= GROUP {
            return vec![meters.iter().map(read).sum()];
        }
        let groups = meters.len().div_ceil(GROUP);
        let (l, r) = meters.split_at(groups / 2 * GROUP);
        let (mut l, r) = rayon::join(|| sums(l, read), || sums(r, read));
        l.extend(r);
        l
    }
    sums(meters, &read).into_iter().sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
