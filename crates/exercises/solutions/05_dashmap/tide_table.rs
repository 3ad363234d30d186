// A tide table hangs in a harbor. Many look at it all the time, and now and then somebody changes
// it. Who looks gets the table as it is now, and keeps it: it never changes anymore. Who changes it
// makes a copy, changes the copy, and hangs it up in place of the old one. Write `Table`, with the
// standard library alone.
//
// What is wanted: nobody who looks ever waits for a change, neither while the table is copied, nor
// while the copy is changed, nor while the old table is thrown away; they get the old one, or the
// new one when it is finished. Who makes a change may look, too. Changes are made one after
// another, none is lost, and who waits for the turn sleeps. One change is one copy, and looking is
// none. If `change` panics, the table is as before, and whoever waits for the turn, or comes later,
// can look and change.
//
// How it is judged: others look, and others change, while a table is copied, changed and dropped.
// Some wait while a change panics. The copies are counted.
//
// Lesson: chapter-05 snapshot

use std::mem;
use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    /// Who has it may change the table.
    turn: Mutex<()>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(Arc::new(first)), turn: Mutex::new(()) }
    }

    /// Returns the table as it is now.
    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().expect("nobody panics with it"))
    }

    /// Puts a changed copy in place of the table.
    fn change(&self, change: impl FnOnce(&mut T)) {
        // A change that panicked has spoiled nothing but its own copy.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut copy = T::clone(&self.look());
        change(&mut copy);
        let copy = Arc::new(copy);
        // The lock is held for this statement. The old table is dropped after it.
        let _old = mem::replace(&mut *self.now.write().expect("nobody panics with it"), copy);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let table = Table::new(vec!["high water at 6:10"]);
        let before = table.look();
        table.change(|tides| tides.push("low water at 12:25"));
        println!("before: {before:?}");
        println!("now:    {:?}", table.look());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::{OnceLock, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);
    /// Long enough for somebody to come to a lock and wait there.
    const WHILE: Duration = Duration::from_millis(150);

    type Hook = Box<dyn Fn(u32) + Send + Sync>;

    /// Something happens when it is copied, and when it is dropped.
    struct Tides {
        water: u32,
        hooks: Arc<OnceLock<[Hook; 2]>>,
    }

    impl Clone for Tides {
        fn clone(&self) -> Self {
            self.hooks.get().into_iter().for_each(|[copied, _]| copied(self.water));
            Tides { water: self.water, hooks: Arc::clone(&self.hooks) }
        }
    }

    impl Drop for Tides {
        fn drop(&mut self) {
            self.hooks.get().into_iter().for_each(|[_, dropped]| dropped(self.water));
        }
    }

    fn table(water: u32) -> Arc<Table<Tides>> {
        Arc::new(Table::new(Tides { water, hooks: Arc::default() }))
    }

    /// Has `copied` and `dropped` called, with the tide of the table that is copied or dropped.
    fn hook(
        table: &Arc<Table<Tides>>,
        copied: impl Fn(u32) + Send + Sync + 'static,
        dropped: impl Fn(u32) + Send + Sync + 'static,
    ) {
        let hooks: [Hook; 2] = [Box::new(copied), Box::new(dropped)];
        assert!(table.look().hooks.set(hooks).is_ok(), "they are set once");
    }

    /// What somebody on another thread sees, who looks now. `None` if they have to wait.
    fn another_looks(table: &Arc<Table<Tides>>) -> Option<u32> {
        let (table, (tell, told)) = (Arc::clone(table), mpsc::channel());
        thread::spawn(move || tell.send(table.look().water));
        told.recv_timeout(PATIENCE / 2).ok()
    }

    #[test]
    fn who_has_looked_keeps_what_was_seen() {
        let seen = within(LIMIT, || {
            let table = table(0);
            let before = table.look();
            let seen = [1, 2, 3].map(|_| {
                table.change(|tides| tides.water += 1);
                table.look()
            });
            [before].into_iter().chain(seen).map(|tides| tides.water).collect::<Vec<_>>()
        });
        assert_eq!(seen, [0, 1, 2, 3], "what was seen before and after three changes");
    }

    #[test]
    fn one_change_is_one_copy_and_looking_is_none() {
        let (copies, same) = within(LIMIT, || {
            let (table, copies) = (table(0), Arc::new(AtomicUsize::new(0)));
            let counted = Arc::clone(&copies);
            hook(&table, move |_| _ = counted.fetch_add(1, SeqCst), |_| ());
            let looks: Vec<_> = (0..9).map(|_| table.look()).collect();
            for _ in 0..5 {
                table.change(|tides| tides.water += 1);
            }
            let same = looks.iter().all(|tides| Arc::ptr_eq(tides, &looks[0]));
            (copies.load(SeqCst), same)
        });
        assert!(same, "nine who looked have different tables, and nobody has changed it");
        assert_eq!(copies, 5, "copies for nine looks and five changes");
    }

    #[test]
    fn who_waits_for_the_turn_makes_one_copy_as_well() {
        let copies = within(LIMIT, || {
            let (table, copies) = (table(0), Arc::new(AtomicUsize::new(0)));
            let counted = Arc::clone(&copies);
            hook(&table, move |_| _ = counted.fetch_add(1, SeqCst), |_| ());
            let (begun, has_begun) = mpsc::channel();
            thread::scope(|scope| {
                scope.spawn(|| {
                    table.change(|_| {
                        begun.send(()).expect("somebody waits for it");
                        thread::sleep(WHILE);
                    });
                });
                has_begun.recv().expect("it begins");
                table.change(|tides| tides.water += 1);
            });
            copies.load(SeqCst)
        });
        assert_eq!(copies, 2, "copies for two changes, of which one had to wait");
    }

    #[test]
    fn nobody_waits_while_it_is_changed() {
        let (own, others, after) = within(LIMIT, || {
            let (table, mut seen) = (table(7), (None, None));
            let ours = Arc::clone(&table);
            table.change(|tides| {
                tides.water = 8;
                let others = another_looks(&ours);
                // If others wait, this thread would wait for itself.
                seen = (others.map(|_| ours.look().water), others);
            });
            (seen.0, seen.1, table.look().water)
        });
        assert_eq!(others, Some(7), "what others saw while it was changed; `None` is a wait");
        assert_eq!(own, Some(7), "what the one saw who changed it");
        assert_eq!(after, 8, "what was seen after the change");
    }

    #[test]
    fn nobody_waits_while_it_is_copied() {
        let seen = within(LIMIT, || {
            let (table, seen) = (table(7), Arc::new(Mutex::new(Vec::new())));
            let (ours, notes) = (Arc::downgrade(&table), Arc::clone(&seen));
            let copied = move |_| {
                let Some(table) = ours.upgrade() else { return };
                notes.lock().expect("no panic").push(another_looks(&table));
            };
            hook(&table, copied, |_| ());
            table.change(|tides| tides.water = 8);
            seen.lock().expect("no panic").clone()
        });
        assert_eq!(seen, [Some(7)], "what others saw while it was copied; `None` is a wait");
    }

    #[test]
    fn nobody_waits_while_the_old_one_is_thrown_away() {
        let seen = within(LIMIT, || {
            let (table, seen) = (table(7), Arc::new(Mutex::new(Vec::new())));
            let (ours, notes) = (Arc::downgrade(&table), Arc::clone(&seen));
            let dropped = move |_| {
                // The last one is dropped with the table.
                let Some(table) = ours.upgrade() else { return };
                notes.lock().expect("no panic").push(another_looks(&table));
            };
            hook(&table, |_| (), dropped);
            table.change(|tides| tides.water = 8);
            seen.lock().expect("no panic").clone()
        });
        let new = seen.last().copied().flatten();
        assert_eq!(new, Some(8), "what others saw when the old one was dropped; `None` is a wait");
    }

    #[test]
    fn of_two_changes_none_is_lost() {
        // Somebody else wants to change it while it is copied, or while it is changed.
        for while_copied in [true, false] {
            let water = within(LIMIT, move || {
                let (table, come) = (table(0), Arc::new(AtomicUsize::new(0)));
                let (done, is_done) = mpsc::channel();
                let is_done = Mutex::new(is_done);
                let ours = Arc::downgrade(&table);
                let come = move || {
                    if come.fetch_add(1, SeqCst) > 0 {
                        return;
                    }
                    let (ours, done) = (ours.clone(), done.clone());
                    thread::spawn(move || {
                        let Some(table) = ours.upgrade() else { return };
                        table.change(|tides| tides.water += 10);
                        let _ = done.send(());
                    });
                    // They cannot while this one has its turn.
                    let _ = is_done.lock().expect("no panic").recv_timeout(WHILE);
                };
                let come = Arc::new(come);
                if while_copied {
                    let come = Arc::clone(&come);
                    hook(&table, move |_| come(), |_| ());
                }
                table.change(|tides| {
                    if !while_copied {
                        come();
                    }
                    tides.water += 1;
                });
                // Behind the other, if that one still has to wait.
                thread::sleep(WHILE);
                table.change(|tides| tides.water += 100);
                table.look().water
            });
            let when = if while_copied { "copied" } else { "changed" };
            assert_eq!(water, 111, "1 and 10 and 100; 10 came while the table was {when} for 1");
        }
    }

    #[test]
    fn nine_hundred_changes_are_all_there() {
        let water = within(LIMIT, || {
            let table = table(0);
            thread::scope(|scope| {
                for _ in 0..9 {
                    scope.spawn(|| (0..100).for_each(|_| table.change(|tides| tides.water += 1)));
                }
            });
            table.look().water
        });
        assert_eq!(water, 900, "nine people made a hundred changes each");
    }

    #[test]
    fn a_change_that_panics_is_none() {
        let (told, between, after) = within(LIMIT, || {
            let table = table(7);
            let told = catch_unwind(AssertUnwindSafe(|| {
                table.change(|tides| {
                    tides.water = 99;
                    resume_unwind(Box::new("the pen broke"));
                });
            }));
            let between = table.look().water;
            let change = || table.change(|tides| tides.water += 1);
            let changed = catch_unwind(AssertUnwindSafe(change)).is_ok();
            (told.is_err(), between, changed.then(|| table.look().water))
        });
        assert!(told, "a panic in `change` goes on to the one who called it");
        assert_eq!(between, 7, "what was seen after a change that panicked");
        assert_eq!(after, Some(8), "what was seen after the next change; `None` is a panic");
    }

    #[test]
    fn who_waits_while_a_change_panics_has_the_next_turn() {
        let water = within(LIMIT, || {
            let (table, (begun, has_begun)) = (table(7), mpsc::channel());
            let ours = Arc::clone(&table);
            let one = thread::spawn(move || {
                ours.change(|tides| {
                    tides.water = 99;
                    begun.send(()).expect("somebody waits for it");
                    thread::sleep(WHILE);
                    resume_unwind(Box::new("the pen broke"));
                });
            });
            has_begun.recv().expect("it begins");
            let (ours, (tell, told)) = (Arc::clone(&table), mpsc::channel());
            thread::spawn(move || {
                ours.change(|tides| tides.water += 1);
                tell.send(ours.look().water)
            });
            assert!(one.join().is_err(), "a panic in `change` goes on to the one who called it");
            told.recv_timeout(PATIENCE).ok()
        });
        assert_eq!(water, Some(8), "what was seen by one who had to wait; `None` still waits");
    }

    #[test]
    fn who_waits_for_the_turn_sleeps() {
        let rest = within(LIMIT, || {
            let table = table(0);
            let ((begun, has_begun), waits) = (mpsc::channel(), OnceLock::new());
            thread::scope(|scope| {
                let first = scope.spawn(|| {
                    let mut rest = None;
                    table.change(|_| {
                        begun.send(()).expect("somebody waits for it");
                        let quiet = Effort::asleep(waits.wait());
                        thread::sleep(Duration::from_millis(600));
                        rest = Some(quiet.rest());
                    });
                    rest.expect("a change that was made")
                });
                has_begun.recv().expect("it begins");
                waits.get_or_init(Effort::of_this_thread);
                table.change(|tides| tides.water += 1);
                first.join().expect("a change that does not panic")
            })
        });
        assert!(rest.slept_on(), "who waited looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "who waited woke again and again, and for no news: {rest:?}");
    }
}
