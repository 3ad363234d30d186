// Starts one, then the rest, then joins the one.

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    fn rest(mut jobs: std::vec::IntoIter<Job>) -> std::collections::VecDeque<Option<u32>> {
        let Some(job) = jobs.next() else { return Default::default() };
        let thread = std::thread::spawn(job);
        let mut results = rest(jobs);
        results.push_front(thread.join().ok());
        results
    }
    rest(jobs.into_iter()).into()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
