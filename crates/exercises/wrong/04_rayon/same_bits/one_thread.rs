// Gives up: the right bits, from one thread.
// => failed two_groups_are_read_at_once

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let sums = meters.chunks(GROUP).map(|group| group.iter().map(&read).sum::<f64>());
    sums.sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
