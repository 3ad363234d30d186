//! Concurrency is structure, parallelism is execution.

use std::error::Error;
use std::ops::Range;
use std::thread;

use tracing::info_span;

// ANCHOR: one_after_another
/// Does each job to its end before it starts the next.
pub fn one_after_another<J: Iterator<Item = usize>>(jobs: [J; 2]) -> [usize; 2] {
    jobs.map(|job| job.sum())
}
// ANCHOR_END: one_after_another

// ANCHOR: interleaved
/// Does one step of each job in turn, on the one thread it is called on.
pub fn interleaved<J: Iterator<Item = usize>>([mut first, mut second]: [J; 2]) -> [usize; 2] {
    let mut found = [0, 0];
    loop {
        let steps = [first.next(), second.next()];
        if steps == [None, None] {
            return found;
        }
        for (sum, step) in found.iter_mut().zip(steps) {
            *sum += step.unwrap_or(0);
        }
    }
}
// ANCHOR_END: interleaved

// ANCHOR: parallel
/// Gives each job a thread of its own and waits for both.
pub fn parallel<J: Iterator<Item = usize> + Send>(jobs: [J; 2]) -> [usize; 2] {
    thread::scope(|scope| {
        let handles = jobs.map(|job| scope.spawn(move || job.sum()));
        handles.map(|handle| handle.join().expect("counting does not panic"))
    })
}
// ANCHOR_END: parallel

// ANCHOR: primes
/// A job in four steps: each `next` counts the primes in a quarter of `range`.
pub fn primes(job: u32, range: Range<u32>) -> impl Iterator<Item = usize> + Send {
    let mut span = None;
    let step = range.len() / 4;
    range.clone().step_by(step).map(move |from| {
        // Made by the first step: a job that has not begun has no span.
        let span = span.get_or_insert_with(|| info_span!("count", job));
        let quarter = from..(from + step as u32).min(range.end);
        span.in_scope(|| quarter.filter(|&n| is_prime(n)).count())
    })
}
// ANCHOR_END: primes

fn is_prime(n: u32) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

/// Runs the same two jobs in the three ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let jobs = || [primes(1, 0..200_000), primes(2, 200_000..400_000)];

    let timeline = lessons::timeline("one after another");
    let found = one_after_another(jobs());
    timeline.draw();
    println!("primes found: {found:?}\n");

    let timeline = lessons::timeline("interleaved on one thread: concurrent, not parallel");
    let found = interleaved(jobs());
    timeline.draw();
    println!("primes found: {found:?}\n");

    let timeline = lessons::timeline("on two threads: concurrent and parallel");
    let found = parallel(jobs());
    timeline.draw();
    println!("primes found: {found:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use witness::{Log, Rendezvous};

    /// Two jobs of three steps that note each step as it is done.
    fn noted(log: &Log<(char, u32)>) -> [impl Iterator<Item = usize> + Send + use<>; 2] {
        ['a', 'b'].map(|name| {
            let log = log.clone();
            (0..3).map(move |step| {
                log.push((name, step));
                1
            })
        })
    }

    /// Two jobs that, in their second step, each wait for the other to be there at the same time.
    fn meeting(deadline: Duration) -> [impl Iterator<Item = usize> + Send; 2] {
        let rendezvous = Rendezvous::new(2);
        [(); 2].map(|()| {
            let rendezvous = rendezvous.clone();
            (0..3).map(move |step| usize::from(step == 1 && rendezvous.meet(deadline).is_ok()))
        })
    }

    #[test]
    fn one_after_another_finishes_the_first_before_the_second() {
        let log = Log::new();
        one_after_another(noted(&log));
        assert_eq!(log.events(), [('a', 0), ('a', 1), ('a', 2), ('b', 0), ('b', 1), ('b', 2)]);
    }

    #[test]
    fn interleaved_takes_a_step_of_each_in_turn() {
        let log = Log::new();
        interleaved(noted(&log));
        assert_eq!(log.events(), [('a', 0), ('b', 0), ('a', 1), ('b', 1), ('a', 2), ('b', 2)]);
    }

    #[test]
    fn only_two_threads_can_be_in_two_places_at_once() {
        assert_eq!(parallel(meeting(Duration::from_secs(20))), [1, 1]);
        // Nobody can come: the thread that would bring the second is the one that waits.
        assert_eq!(interleaved(meeting(Duration::from_millis(10))), [0, 0]);
        assert_eq!(one_after_another(meeting(Duration::from_millis(10))), [0, 0]);
    }

    #[test]
    fn the_timeline_tells_interleaved_from_parallel() {
        let timeline = lessons::timeline("test");
        // A timeline records the whole process: other tests have jobs 1 and 2 under way.
        interleaved([primes(71, 0..4_000), primes(72, 4_000..8_000)]);
        let recording = timeline.finish();
        let [one, two] = ["count job=71", "count job=72"]
            .map(|label| recording.row(label).expect("the job was recorded"));
        assert!(one.overlaps(two) && !one.ran_beside(two));
    }

    #[test]
    fn a_job_is_not_under_way_before_its_first_step() {
        let timeline = lessons::timeline("test");
        one_after_another([primes(73, 0..4_000), primes(74, 4_000..8_000)]);
        let recording = timeline.finish();
        let [one, two] = ["count job=73", "count job=74"]
            .map(|label| recording.row(label).expect("the job was recorded"));
        assert!(!one.overlaps(two));
    }

    #[test]
    fn all_three_ways_find_the_same_primes() {
        let jobs = || [primes(1, 0..1_000), primes(2, 1_000..2_000)];
        assert_eq!(one_after_another(jobs()), [168, 135]);
        assert_eq!(interleaved(jobs()), [168, 135]);
        assert_eq!(parallel(jobs()), [168, 135]);
    }
}
