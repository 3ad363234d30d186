// Collects the results as they come: in the order of the ends.
// => failed the_results_are_in_the_order_of_the_jobs

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let (sender, results) = std::sync::mpsc::channel();
    for job in jobs {
        let sender = sender.clone();
        std::thread::spawn(move || sender.send(job()));
    }
    drop(sender);
    results.into_iter().map(Some).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}
