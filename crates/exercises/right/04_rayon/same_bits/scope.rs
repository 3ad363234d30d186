// One spawn for each group.

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    let mut sums = vec![0.0; meters.len().div_ceil(GROUP)];
    let read = &read;
    rayon::scope(|scope| {
        for (sum, group) in sums.iter_mut().zip(meters.chunks(GROUP)) {
            scope.spawn(move |_| *sum = group.iter().map(read).sum());
        }
    });
    sums.iter().sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}
