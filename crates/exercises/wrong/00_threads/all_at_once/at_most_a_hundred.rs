// A hundred at a time: the next waits for the first to end.
// => failed all_jobs_are_under_way_at_once

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let mut results = Vec::new();
    let mut running = std::collections::VecDeque::new();
    for job in jobs {
        if running.len() == 100 {
            let first: std::thread::JoinHandle<u32> = running.pop_front().unwrap();
            results.push(first.join().ok());
        }
        running.push_back(std::thread::spawn(job));
    }
    for thread in running {
        results.push(thread.join().ok());
    }
    results
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
