// Spawns and joins in one chain: each thread is joined before the next is started.
// => failed all_jobs_are_under_way_at_once

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    jobs.into_iter().map(|job| std::thread::spawn(job).join().ok()).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
