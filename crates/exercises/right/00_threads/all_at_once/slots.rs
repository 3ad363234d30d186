// A slot for each, written in place.

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let mut results = vec![None; jobs.len()];
    std::thread::scope(|scope| {
        for (slot, job) in results.iter_mut().zip(jobs) {
            scope.spawn(move || {
                *slot = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).ok();
            });
        }
    });
    results
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
