// A kiln is fired up: measure, and as long as it is too cold, burn a log and measure again. `fire`
// returns how many logs it took. A kiln that is hot enough burns none. This does not compile. Repair
// it, and read the warnings, too.
//
// How it is judged: a log that was lit burns down before the next measurement. Two kilns are fired
// on one thread, and must not hold each other up. Polls are counted.
//
// Lesson: chapter-01 lazy

use futures::executor::block_on;
use std::cell::Cell;

trait Kiln {
    async fn degrees(&self) -> u32;
    async fn burn_a_log(&self);
}

async fn fire(kiln: &impl Kiln, wanted: u32) -> u32 {
    let mut logs = 0;
    loop {
        // TODO: this is not a number yet.
        let degrees: u32 = kiln.degrees();
        if degrees >= wanted {
            return logs;
        }
        kiln.burn_a_log();
        logs += 1;
    }
}

struct Small(Cell<u32>);

impl Kiln for Small {
    async fn degrees(&self) -> u32 {
        self.0.get()
    }

    async fn burn_a_log(&self) {
        self.0.set(self.0.get() + 150);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        println!("{} logs", block_on(fire(&Small(Cell::new(20)), 900)));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep};
    use witness::{Log, polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    struct Watched {
        degrees: Cell<u32>,
        log: Log<&'static str>,
    }

    impl Watched {
        fn new(degrees: u32) -> Self {
            Watched { degrees: Cell::new(degrees), log: Log::new() }
        }
    }

    impl Kiln for Watched {
        async fn degrees(&self) -> u32 {
            self.log.push("measured");
            assert!(self.log.len() < 50, "measured again and again, and nothing burns");
            sleep(Duration::from_secs(1)).await;
            self.degrees.get()
        }

        async fn burn_a_log(&self) {
            self.log.push("lit");
            sleep(Duration::from_secs(10)).await;
            self.degrees.set(self.degrees.get() + 100);
            self.log.push("burned down");
        }
    }

    /// Runs a test on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

    #[test]
    fn each_log_burns_down_before_the_next_measurement() {
        let (logs, events) = paused(async || {
            let kiln = Watched::new(20);
            (fire(&kiln, 200).await, kiln.log.events())
        });
        assert_eq!(logs, 2);
        let log = ["lit", "burned down", "measured"];
        assert_eq!(events, [&["measured"][..], &log, &log].concat());
    }

    #[test]
    fn a_hot_kiln_burns_nothing() {
        let (logs, events) = paused(async || {
            let kiln = Watched::new(900);
            (fire(&kiln, 900).await, kiln.log.events())
        });
        assert_eq!((logs, events), (0, vec!["measured"]));
    }

    /// So many damp logs do not make it any hotter.
    struct Damp {
        logs: Cell<u32>,
        burned: Cell<u32>,
        measured: Cell<u32>,
    }

    impl Kiln for Damp {
        async fn degrees(&self) -> u32 {
            self.measured.set(self.measured.get() + 1);
            if self.burned.get() < self.logs.get() { 20 } else { 900 }
        }

        async fn burn_a_log(&self) {
            self.burned.set(self.burned.get() + 1);
        }
    }

    #[test]
    fn as_long_as_it_is_too_cold_it_burns_another_log() {
        for logs in [1, 2, 19, 1_101] {
            let seen = within(LIMIT, move || {
                let kiln =
                    Damp { logs: Cell::new(logs), burned: Cell::new(0), measured: Cell::new(0) };
                let said = block_on(fire(&kiln, 900));
                (said, kiln.burned.get(), kiln.measured.get())
            });
            assert_eq!(seen, (logs, logs, logs + 1), "logs it said, logs burned, measurements");
        }
    }

    #[test]
    fn two_kilns_do_not_hold_each_other_up() {
        let (logs, took) = paused(async || {
            let (one, two) = (Watched::new(0), Watched::new(0));
            let start = Instant::now();
            let ((one, polls_of_one), (two, polls_of_two)) =
                (polls(fire(&one, 300)), polls(fire(&two, 200)));
            let logs = tokio::join!(one, two);
            let polls = polls_of_one.count() + polls_of_two.count();
            // Each of the twelve waits wakes both, for they share a task.
            assert!(polls <= 30, "{polls} polls: it asked again and again");
            (logs, start.elapsed())
        });
        assert_eq!(logs, (3, 2));
        assert_eq!(took, Duration::from_secs(34), "3 logs of 10 s and 4 measurements of 1 s");
    }
}
