// Gets up now and then to look, but seldom.
// => failed the_caller_sleeps_while_they_work

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let mut results = vec![None; jobs.len()];
    let (sender, receiver) = mpsc::channel();
    for (nth, job) in jobs.into_iter().enumerate() {
        let sender = sender.clone();
        thread::spawn(move || {
            let result = job();
            let _ = sender.send((nth, result));
        });
    }
    drop(sender);
    loop {
        match receiver.recv_timeout(Duration::from_millis(700)) {
            Ok((nth, result)) => results[nth] = Some(result),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return results,
        }
    }
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}

