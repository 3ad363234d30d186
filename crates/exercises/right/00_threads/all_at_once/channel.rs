// Each thread sends its result with its place.

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let mut results = vec![None; jobs.len()];
    let (sender, ended) = std::sync::mpsc::channel();
    for (nth, job) in jobs.into_iter().enumerate() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let result = job();
            let _ = sender.send((nth, result));
        });
    }
    drop(sender);
    for (nth, result) in ended {
        results[nth] = Some(result);
    }
    results
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
