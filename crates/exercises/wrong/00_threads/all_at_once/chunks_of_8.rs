// A cap of 8 threads: with 9 jobs that wait for each other it hangs ("run ALL jobs at once").
// => failed all_jobs_are_under_way_at_once

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    const MAX_THREADS: usize = 8;
    let mut results = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter().peekable();
    while jobs.peek().is_some() {
        let handles: Vec<_> = jobs.by_ref().take(MAX_THREADS).map(std::thread::spawn).collect();
        results.extend(handles.into_iter().map(|handle| handle.join().ok()));
    }
    results
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
