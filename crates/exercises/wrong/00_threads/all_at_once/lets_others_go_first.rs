// Looks again and again whether all have ended, and lets others go first.
// => failed the_caller_sleeps_while_they_work

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let handles: Vec<_> = jobs.into_iter().map(std::thread::spawn).collect();
    handles.into_iter().map(|handle| {
            while !handle.is_finished() {
                std::thread::yield_now();
            }
            handle.join()
        }.ok()).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
