// Starts sixteen at a time: the seventeenth waits for the first to end.
// => failed all_jobs_are_under_way_at_once

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let (mut jobs, mut results) = (jobs.into_iter(), Vec::new());
    let mut handles = std::collections::VecDeque::new();
    loop {
        while handles.len() < 16
            && let Some(job) = jobs.next()
        {
            handles.push_back(std::thread::spawn(job));
        }
        let Some(handle) = handles.pop_front() else { return results };
        results.push(handle.join().ok());
    }
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
