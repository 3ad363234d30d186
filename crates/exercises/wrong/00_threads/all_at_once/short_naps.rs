// Gets up every few milliseconds to look whether all have ended.
// => failed the_caller_sleeps_while_they_work

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let threads: Vec<_> = jobs.into_iter().map(std::thread::spawn).collect();
    while !threads.iter().all(|thread| thread.is_finished()) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    threads.into_iter().map(|thread| thread.join().ok()).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
