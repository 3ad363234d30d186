// Takes one number for a panic: a job that returns it has not panicked.
// => failed a_panic_is_a_none_and_the_others_return

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    use std::sync::atomic::{AtomicU32, Ordering};
    let results: Vec<AtomicU32> = jobs.iter().map(|_| AtomicU32::new(u32::MAX)).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs
            .into_iter()
            .zip(&results)
            .map(|(job, result)| scope.spawn(move || result.store(job(), Ordering::Release)))
            .collect();
        for thread in threads {
            let _ = thread.join();
        }
    });
    let results = results.into_iter().map(AtomicU32::into_inner);
    results.map(|result| (result != u32::MAX).then_some(result)).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
