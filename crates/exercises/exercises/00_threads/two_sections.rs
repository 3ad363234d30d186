// A train that crosses from one section of the line to another needs both at once: it takes them,
// drives, and lets go. Trains go both ways, and none may wait forever. Trains that share no section
// may drive at the same time. A train may also move within a section: `from` and `to` are one then.
//
// How it is judged: the test notes which section a train holds while it asks for another. A circle
// in these notes is a deadlock that waits for a busier day. No luck is needed to find it.
//
// Lesson: chapter-00 deadlock

use std::sync::Mutex;

trait Section {
    /// No two sections of a line have the same number.
    fn number(&self) -> usize;

    /// Waits until no train has this section, and takes it, until what this returns is dropped.
    fn take(&self) -> impl Sized;
}

fn cross<S: Section>(from: &S, to: &S, drive: impl FnOnce()) {
    // TODO: a train the other way takes them the other way round.
    let _from = from.take();
    let _to = to.take();
    drive();
}

struct Rails {
    number: usize,
    free: Mutex<()>,
}

impl Section for Rails {
    fn number(&self) -> usize {
        self.number
    }

    fn take(&self) -> impl Sized {
        self.free.lock().expect("no train derails")
    }
}

fn main() {
    let [one, two] = [1, 2].map(|number| Rails { number, free: Mutex::new(()) });
    cross(&one, &two, || println!("a train goes from 1 to 2"));
    cross(&two, &one, || println!("a train goes from 2 to 1"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
    use std::thread::{self, ThreadId};
    use std::time::{Duration, Instant};
    use witness::{Log, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// A line that knows who holds what, and notes who asked for what.
    #[derive(Default)]
    struct Line {
        held: Mutex<Vec<(usize, ThreadId)>>,
        freed: Condvar,
        /// How many have asked for a section that was taken.
        waiting: AtomicUsize,
        /// For each section that was asked for: one that the train held, and the one it asked for.
        asked: Log<(usize, usize)>,
    }

    struct Watched {
        number: usize,
        line: Arc<Line>,
    }

    struct Taken<'a>(&'a Watched);

    impl Line {
        fn sections(self: &Arc<Self>) -> [Watched; 4] {
            [0, 1, 2, 3].map(|number| Watched { number, line: Arc::clone(self) })
        }

        fn held(&self) -> MutexGuard<'_, Vec<(usize, ThreadId)>> {
            self.held.lock().unwrap_or_else(PoisonError::into_inner)
        }

        fn taken(&self) -> Vec<usize> {
            let mut taken: Vec<_> = self.held().iter().map(|&(number, _)| number).collect();
            taken.sort();
            taken
        }
    }

    impl Section for Watched {
        fn number(&self) -> usize {
            // So far apart that half of a number, or a difference, says nothing.
            self.number << (usize::BITS - 2)
        }

        fn take(&self) -> impl Sized {
            let (line, me) = (&self.line, thread::current().id());
            let mine: Vec<_> = line.held().iter().filter(|held| held.1 == me).copied().collect();
            for (number, _) in mine {
                line.asked.push((number, self.number));
                assert_ne!(number, self.number, "a train would wait for itself");
            }
            let is_taken = |held: &mut Vec<(usize, _)>| {
                let taken = held.iter().any(|&(n, _)| n == self.number);
                line.waiting.fetch_add(usize::from(taken), Ordering::SeqCst);
                taken
            };
            let (mut held, waited) = line
                .freed
                .wait_timeout_while(line.held(), PATIENCE, is_taken)
                .unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                drop(held);
                panic!("a train waits for section {} forever", self.number);
            }
            held.push((self.number, me));
            Taken(self)
        }
    }

    impl Drop for Taken<'_> {
        fn drop(&mut self) {
            self.0.line.held().retain(|&(number, _)| number != self.0.number);
            self.0.line.freed.notify_all();
        }
    }

    /// Takes away what leads nowhere, until nothing changes. What is left goes in circles.
    fn circle(mut asked: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        loop {
            let before = asked.clone();
            asked.retain(|&(_, to)| before.iter().any(|&(from, _)| from == to));
            if asked == before {
                return asked;
            }
        }
    }

    #[test]
    fn a_train_has_both_sections_while_it_drives() {
        let line = Arc::new(Line::default());
        let sections = line.sections();
        for (from, to) in [(0, 1), (1, 0), (2, 1)] {
            let mut during = Vec::new();
            cross(&sections[from], &sections[to], || during = line.taken());
            assert_eq!(during, [from.min(to), from.max(to)], "held while it drove");
            assert_eq!(line.taken(), [], "held afterward");
        }
    }

    #[test]
    fn no_circle_of_waiting_can_arise() {
        let line = Arc::new(Line::default());
        let sections = line.sections();
        for from in &sections {
            for to in sections.iter().filter(|to| to.number != from.number) {
                cross(from, to, || ());
            }
        }
        // One train after another: each asks for its second section while it holds its first.
        let circle = circle(line.asked.events());
        assert!(circle.is_empty(), "(held, asked for), and round again: {circle:?}");
    }

    #[test]
    fn a_train_within_a_section_takes_it_once() {
        let line = Arc::new(Line::default());
        let sections = line.sections();
        let mut during = Vec::new();
        cross(&sections[2], &sections[2], || during = line.taken());
        assert_eq!(during, [2]);
    }

    #[test]
    fn trains_that_share_no_section_drive_at_the_same_time() {
        let (pair, missed) = (Rendezvous::new(2), Arc::new(AtomicBool::new(false)));
        let no_meeting = Arc::clone(&missed);
        within(LIMIT, move || {
            let sections = Arc::new(Line::default()).sections();
            let drive = || {
                // Who comes after a missed meeting need not wait as well.
                if missed.load(Ordering::Relaxed) || pair.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                }
            };
            thread::scope(|scope| {
                scope.spawn(|| cross(&sections[0], &sections[1], drive));
                scope.spawn(|| cross(&sections[3], &sections[2], drive));
            });
        });
        assert!(!no_meeting.load(Ordering::Relaxed), "one train kept the other from driving");
    }

    #[test]
    fn a_train_that_waits_holds_up_nobody_else() {
        let held_up = within(LIMIT, || {
            let line = Arc::new(Line::default());
            let sections = &line.sections();
            let (through, got_through) = mpsc::channel();
            let (drives, driving) = mpsc::channel();
            thread::scope(|scope| {
                let first = scope.spawn(move || {
                    let mut held_up = true;
                    cross(&sections[0], &sections[1], || {
                        let _ = drives.send(());
                        held_up = got_through.recv_timeout(PATIENCE / 2).is_err();
                    });
                    held_up
                });
                let _ = driving.recv();
                let before = line.waiting.load(Ordering::SeqCst);
                scope.spawn(|| cross(&sections[1], &sections[2], || ()));
                // The second waits for the first, or for whatever else is in its way.
                let begun = Instant::now();
                while line.waiting.load(Ordering::SeqCst) == before
                    && begun.elapsed() < PATIENCE / 5
                {
                    thread::sleep(Duration::from_millis(1));
                }
                // What neither of them has or wants.
                cross(&sections[3], &sections[3], || ());
                let _ = through.send(());
                first.join().expect("it drives")
            })
        });
        assert!(!held_up, "a train that waits kept another, with which it shares no section");
    }

    #[test]
    fn of_many_trains_both_ways_each_gets_through() {
        let (line, crossed) = (Arc::new(Line::default()), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&crossed);
        within(LIMIT, move || {
            let sections = line.sections();
            thread::scope(|scope| {
                for train in 0..4_usize {
                    let (sections, counted) = (&sections, &counted);
                    scope.spawn(move || {
                        for trip in 0..100 {
                            let (from, to) = ((train + trip) % 4, (train + trip * 3 + 1) % 4);
                            cross(&sections[from], &sections[to], || {
                                counted.fetch_add(1, Ordering::Relaxed);
                            });
                        }
                    });
                }
            });
        });
        assert_eq!(crossed.load(Ordering::Relaxed), 400);
    }
}
