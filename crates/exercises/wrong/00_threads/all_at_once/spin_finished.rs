// Spins on is_finished instead of waiting: burns a core.
// => failed the_caller_sleeps_while_they_work

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let handles: Vec<_> = jobs.into_iter().map(std::thread::spawn).collect();
    while !handles.iter().all(|handle| handle.is_finished()) {
        std::hint::spin_loop();
    }
    handles.into_iter().map(|handle| handle.join().ok()).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
