// Gives up after ten seconds: a slow job is None, and its thread goes on.
// => failed TODO

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    use std::sync::mpsc;
    use std::time::Duration;
    let channels: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let (tx, rx) = mpsc::channel();
            std::thread::spawn(move || tx.send(job()));
            rx
        })
        .collect();
    channels.into_iter().map(|rx| rx.recv_timeout(Duration::from_secs(10)).ok()).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
