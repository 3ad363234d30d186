// Run all jobs at once, each on a thread of its own, and return what each of them returned: in the
// order of the jobs, with `None` for a job that panicked.
//
// How it is judged: the jobs of one test wait for each other. If one ends before the next begins,
// they never meet. And the caller sleeps while they work: it takes no processor time, and does not
// get up now and then to look.
//
// Lesson: chapter-00 threads

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn all_at_once(jobs: Vec<Job>) -> Vec<Option<u32>> {
    let handles: Vec<_> = jobs.into_iter().map(std::thread::spawn).collect();
    handles.into_iter().map(|handle| handle.join().ok()).collect()
}

fn main() {
    let jobs: Vec<Job> = vec![Box::new(|| 1 + 1), Box::new(|| 2 * 2), Box::new(|| 3 * 3)];
    println!("{:?}", all_at_once(jobs));
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    #[test]
    fn all_jobs_are_under_way_at_once() {
        // More than anybody would put a bound at.
        const JOBS: u32 = 300;
        let (meeting, missed) = (Rendezvous::new(JOBS as usize), Arc::new(AtomicBool::new(false)));
        let job = |number: u32| -> Job {
            let (meeting, missed) = (meeting.clone(), Arc::clone(&missed));
            Box::new(move || {
                // Who comes after a missed meeting need not wait as well.
                let late = missed.load(Ordering::Relaxed);
                if late || meeting.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                    return 0;
                }
                number
            })
        };
        let jobs = (1..=JOBS).map(job).collect();
        let results = within(LIMIT, move || all_at_once(jobs));
        let expected: Vec<_> = (1..=JOBS).map(Some).collect();
        assert_eq!(results, expected, "a job that did not meet all the others returned 0");
    }

    #[test]
    fn the_results_are_in_the_order_of_the_jobs() {
        // The second job waits for the first message of the third, the first for that of the second.
        let (to_first, first) = mpsc::channel::<()>();
        let (to_second, second) = mpsc::channel::<()>();
        let jobs: Vec<Job> = vec![
            Box::new(move || first.recv_timeout(PATIENCE).map_or(0, |()| 1)),
            Box::new(move || {
                let heard = second.recv_timeout(PATIENCE);
                let _ = to_first.send(());
                heard.map_or(0, |()| 2)
            }),
            Box::new(move || {
                let _ = to_second.send(());
                3
            }),
        ];
        let results = within(LIMIT, move || all_at_once(jobs));
        assert_eq!(results, [Some(1), Some(2), Some(3)], "they end in the order 3, 2, 1");
    }

    #[test]
    fn each_job_has_a_thread_of_its_own() {
        let (sender, threads) = mpsc::channel();
        let jobs = (0..4).map(|number| {
            let sender = sender.clone();
            let job: Job = Box::new(move || {
                sender.send(thread::current().id()).expect("the test is listening");
                number
            });
            job
        });
        let jobs: Vec<Job> = jobs.collect();
        let caller = within(LIMIT, move || {
            all_at_once(jobs);
            thread::current().id()
        });
        drop(sender);
        let mut seen: Vec<_> = threads.iter().collect();
        seen.dedup();
        assert!(!seen.contains(&caller), "the caller did a job itself");
        for (nth, id) in seen.iter().enumerate() {
            assert!(!seen[..nth].contains(id), "two jobs had the same thread");
        }
        assert_eq!(seen.len(), 4);
    }

    #[test]
    fn no_jobs_are_no_results() {
        assert_eq!(within(LIMIT, || all_at_once(Vec::new())), []);
    }

    #[test]
    fn the_caller_sleeps_while_they_work() {
        let ((to_first, first), (tell, told)) = (mpsc::channel::<()>(), mpsc::channel());
        let results = within(LIMIT, move || {
            let caller = Effort::of_this_thread();
            let jobs: Vec<Job> = vec![
                Box::new(move || first.recv_timeout(PATIENCE).map_or(0, |()| 1)),
                Box::new(move || {
                    // The first job waits for this one: the caller has nothing to do.
                    let quiet = caller.asleep();
                    thread::sleep(Duration::from_millis(400));
                    let _ = (tell.send(quiet.rest()), to_first.send(()));
                    2
                }),
            ];
            all_at_once(jobs)
        });
        assert_eq!(results, [Some(1), Some(2)]);
        let rest = told.recv().expect("the second job has ended, and has told it");
        assert!(rest.slept_on(), "the caller looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "the caller woke again and again, and no job had ended: {rest:?}");
    }

    #[test]
    fn a_panic_is_a_none_and_the_others_return() {
        let jobs: Vec<Job> = vec![
            Box::new(|| 0),
            Box::new(|| panic!("this job panics on purpose")),
            Box::new(|| u32::MAX),
        ];
        let results = within(LIMIT, move || all_at_once(jobs));
        assert_eq!(results, [Some(0), None, Some(u32::MAX)]);
    }
}
