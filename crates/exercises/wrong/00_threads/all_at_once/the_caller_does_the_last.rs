// The caller does the last job itself: it has no thread of its own, and a panic ends all.
// => failed each_job_has_a_thread_of_its_own

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let mut jobs = jobs;
    let Some(last) = jobs.pop() else { return Vec::new() };
    let handles: Vec<_> = jobs.into_iter().map(std::thread::spawn).collect();
    let last = last();
    let first = handles.into_iter().map(|handle| handle.join().ok());
    first.chain([Some(last)]).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
