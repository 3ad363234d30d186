// A miner takes a lamp into the mine. When the work is done, `shift` puts the lamp out, and returns
// what the work returned. To put it out takes an await: whoever begins, and is dropped before the
// end, has not put it out.
//
// What is wanted: no lamp is left burning. If the work panics, or if `shift` is dropped, the lamp
// goes to the keeper, who puts it out; for he outlives all shifts. `shift` may be dropped at any
// moment: before its first poll, during the work, while the lamp is being put out. A lamp that is
// out does not go to the keeper. If there is no keeper anymore, the lamp is dropped, and nobody
// panics for that. When the lamp leaves, the work is over, or dropped, or has not begun.
//
// Nothing is awaited in a `drop`, and no thread waits: `shift` only polls. Crates: std, futures.
//
// How it is judged: shifts are dropped after each number of polls, and their work panics.
//
// Lesson: chapter-01 cleanup

use futures::channel::mpsc::UnboundedSender;

trait Lamp {
    /// Takes more than one poll.
    async fn put_out(&mut self);
}

struct Burning<L> {
    /// `None` when it is out, or at the keeper's.
    lamp: Option<L>,
    keeper: UnboundedSender<L>,
}

impl<L> Drop for Burning<L> {
    fn drop(&mut self) {
        if let Some(lamp) = self.lamp.take() {
            // An error says that there is no keeper, and drops the lamp.
            let _ = self.keeper.unbounded_send(lamp);
        }
    }
}

fn shift<L: Lamp, T>(
    lamp: L,
    keeper: UnboundedSender<L>,
    work: impl AsyncFnOnce(&L) -> T,
) -> impl Future<Output = T> {
    // Made here and not below, so that it is there before the first poll.
    let mut burning = Burning { lamp: Some(lamp), keeper };
    async move {
        let lamp = burning.lamp.as_mut().expect("nobody has taken it");
        let result = work(lamp).await;
        // It stays where it is, for this may be dropped, too.
        lamp.put_out().await;
        burning.lamp = None;
        result
    }
}

struct Lantern(&'static str);

impl Lamp for Lantern {
    async fn put_out(&mut self) {
        tokio::task::yield_now().await;
        println!("the lantern of {} is out", self.0);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        use futures::{FutureExt, StreamExt, executor::block_on};
        let (keeper, mut lanterns) = futures::channel::mpsc::unbounded();
        let dig = async |lantern: &Lantern| format!("{} found coal", lantern.0);
        println!("{}", block_on(shift(Lantern("Ada"), keeper.clone(), dig)));
        let sleep = async |_: &Lantern| std::future::pending::<()>().await;
        assert!(shift(Lantern("Grace"), keeper.clone(), sleep).now_or_never().is_none());
        drop(shift(Lantern("Alan"), keeper, sleep));
        block_on(async {
            while let Some(mut lantern) = lanterns.next().await {
                println!("the keeper has the lantern of {}", lantern.0);
                lantern.put_out().await;
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::mpsc;
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, ThreadId};
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// Needs three polls to be put out. It has no `Clone`, and nothing else.
    struct Test {
        notes: Log<&'static str>,
        on: ThreadId,
    }

    impl Lamp for Test {
        async fn put_out(&mut self) {
            assert_eq!(thread::current().id(), self.on, "another thread puts the lamp out");
            self.notes.push("to be put out");
            waits(2).await;
            self.notes.push("out");
        }
    }

    impl Drop for Test {
        fn drop(&mut self) {
            self.notes.push("lamp dropped");
        }
    }

    /// Is `Pending` so many times.
    async fn waits(times: usize) {
        for _ in 0..times {
            futures::pending!();
        }
    }

    /// Notes when the work is over, or dropped.
    struct Works(Log<&'static str>);

    impl Drop for Works {
        fn drop(&mut self) {
            self.0.push("work over");
        }
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Work {
        /// Takes so many polls.
        Done(usize),
        /// Panics in this poll.
        Panics(usize),
    }

    /// What became of a shift.
    #[derive(Debug)]
    struct Seen {
        /// What the last poll said, or `None` if it panicked.
        said: Option<Poll<u32>>,
        /// Lamps that came to the keeper.
        came: usize,
        notes: Vec<&'static str>,
        wakes: usize,
    }

    /// Polls a shift so many times, or to its end, and drops it. If there is no keeper, the other
    /// end of the channel is gone from the beginning.
    fn seen(work: Work, polls: usize, keeper_is_there: bool) -> Seen {
        within(LIMIT, move || {
            let notes = Log::new();
            let (keeper, lamps) = mpsc::unbounded();
            let mut lamps = keeper_is_there.then_some(lamps);
            let lamp = Test { notes: notes.clone(), on: thread::current().id() };
            let works = Works(notes.clone());
            let task = async move |lamp: &Test| {
                let works = works;
                works.0.push("work begins");
                match work {
                    Work::Done(polls) => waits(polls - 1).await,
                    Work::Panics(polls) => {
                        waits(polls - 1).await;
                        panic!("a stone falls on purpose");
                    }
                }
                lamp.notes.push("work done");
                7
            };
            let wakes = Arc::new(Wakes::default());
            let waker = Waker::from(Arc::clone(&wakes));
            let mut said = Some(Poll::Pending);
            let mut shift: Pin<Box<dyn Future<Output = u32>>> = Box::pin(shift(lamp, keeper, task));
            for _ in 0..polls {
                let mut cx = Context::from_waker(&waker);
                let poll = AssertUnwindSafe(|| shift.as_mut().poll(&mut cx));
                said = catch_unwind(poll).ok();
                if said != Some(Poll::Pending) {
                    break;
                }
            }
            drop(shift);
            let mut came = 0;
            if let Some(lamps) = &mut lamps {
                while let Ok(lamp) = lamps.try_recv() {
                    notes.push("at the keeper's");
                    came += 1;
                    drop(lamp);
                }
            }
            let wakes = wakes.0.load(Ordering::Relaxed);
            Seen { said, came, notes: notes.events(), wakes }
        })
    }

    fn count(seen: &Seen, note: &str) -> usize {
        seen.notes.iter().filter(|&&it| it == note).count()
    }

    #[test]
    fn after_the_work_the_lamp_is_out_and_the_result_is_there() {
        for polls in [1, 2, 5] {
            let seen = seen(Work::Done(polls), 40, true);
            assert_eq!(seen.said, Some(Poll::Ready(7)), "what the last poll said");
            let expected = ["work begins", "work done", "work over", "to be put out", "out"];
            let expected = [&expected[..], &["lamp dropped"]].concat();
            assert_eq!(seen.notes, expected, "what happened, in its order");
            assert_eq!(seen.wakes, 0, "nobody asked to be polled");
        }
    }

    #[test]
    fn dropped_at_any_moment_the_lamp_goes_to_the_keeper() {
        for work in 1..=3 {
            // The work takes so many polls, and the last of them begins to put the lamp out, which
            // takes two more.
            for polls in 0..work + 2 {
                let seen = seen(Work::Done(work), polls, true);
                assert_eq!(seen.said, Some(Poll::Pending), "what poll {polls} said");
                let (came, out) = (seen.came, count(&seen, "out"));
                assert_eq!(out, 0, "the lamp was out after {polls} polls of {}", work + 2);
                assert_eq!(came, 1, "lamps at the keeper's, dropped after {polls} polls");
                assert_eq!(count(&seen, "lamp dropped"), 1, "there is one lamp");
            }
            let seen = seen(Work::Done(work), work + 2, true);
            assert_eq!(seen.said, Some(Poll::Ready(7)), "what the last poll said");
            assert_eq!(seen.came, 0, "a lamp that is out came to the keeper");
        }
    }

    #[test]
    fn when_the_work_panics_the_lamp_goes_to_the_keeper() {
        for polls in 1..=3 {
            let seen = seen(Work::Panics(polls), 40, true);
            assert_eq!(seen.said, None, "the panic of the work comes through");
            assert_eq!(seen.came, 1, "lamps at the keeper's");
            let begun = count(&seen, "to be put out");
            assert_eq!(begun, 0, "the shift put out a lamp that went to the keeper");
        }
        // Work that panics before there is a future.
        let came = within(LIMIT, || {
            let (keeper, mut lamps) = mpsc::unbounded();
            let lamp = Test { notes: Log::new(), on: thread::current().id() };
            let task = |_: &Test| -> std::future::Ready<u32> { panic!("a stone falls on purpose") };
            let works = || {
                let mut shift = Box::pin(shift(lamp, keeper, task));
                let _ = shift.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            };
            let panicked = catch_unwind(AssertUnwindSafe(works)).is_err();
            (panicked, lamps.try_recv().is_ok())
        });
        assert_eq!(
            came,
            (true, true),
            "whether the panic came through, and the lamp to the keeper"
        );
    }

    #[test]
    fn the_work_is_over_when_the_lamp_leaves() {
        for (work, polls) in [(Work::Done(3), 0), (Work::Done(3), 2), (Work::Panics(2), 9)] {
            let seen = seen(work, polls, true);
            let at = |note| seen.notes.iter().position(|&it| it == note);
            let (over, came) = (at("work over"), at("at the keeper's"));
            assert!(over.is_some() && over < came, "{work:?}, dropped after {polls}: {seen:?}");
        }
        // What the keeper does with it at once, on another thread, must not meet the work.
        let (work_lives, came) = within(LIMIT, || {
            let (keeper, mut lamps) = mpsc::unbounded();
            let notes = Log::new();
            let lamp = Test { notes: notes.clone(), on: thread::current().id() };
            let met = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&met);
            struct Digs<F: FnMut()>(F);
            impl<F: FnMut()> Drop for Digs<F> {
                fn drop(&mut self) {
                    (self.0)();
                }
            }
            let lamps = Arc::new(std::sync::Mutex::new(lamps));
            let looked = Arc::clone(&lamps);
            let digs = Digs(move || {
                let lamp = looked.lock().map(|mut lamps| lamps.try_recv());
                counted.fetch_add(usize::from(matches!(lamp, Ok(Ok(_)))), Ordering::Relaxed);
            });
            let task = async move |_: &Test| {
                let _digs = digs;
                std::future::pending::<u32>().await
            };
            let mut shift = Box::pin(shift(lamp, keeper, task));
            let polled = shift.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending(), "the work waits");
            drop(shift);
            let came = lamps.lock().map(|mut lamps| lamps.try_recv().is_ok());
            (met.load(Ordering::Relaxed), came.unwrap_or_default())
        });
        assert_eq!(work_lives, 0, "the lamp was at the keeper's, and the work still had it");
        assert!(came, "the lamp did not come to the keeper");
    }

    #[test]
    fn dropped_by_a_panic_of_somebody_else_the_lamp_goes_to_the_keeper() {
        for polls in 0..4 {
            let came = within(LIMIT, move || {
                let (keeper, mut lamps) = mpsc::unbounded();
                let lamp = Test { notes: Log::new(), on: thread::current().id() };
                let mut shift = Box::pin(shift(lamp, keeper, async |_: &Test| waits(2).await));
                let unwinds = AssertUnwindSafe(move || {
                    for _ in 0..polls {
                        let polled = shift.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                        assert!(
                            polled.is_pending(),
                            "two polls wait for the work, two for the lamp"
                        );
                    }
                    resume_unwind(Box::new("somebody else panics on purpose"));
                });
                assert!(catch_unwind(unwinds).is_err());
                lamps.try_recv().is_ok()
            });
            assert!(came, "the lamp did not come to the keeper, after {polls} polls");
        }
    }

    #[test]
    fn without_a_keeper_the_lamp_is_dropped() {
        for (work, polls) in [(Work::Done(2), 0), (Work::Done(2), 1), (Work::Done(2), 3)] {
            let seen = seen(work, polls, false);
            assert_eq!(count(&seen, "lamp dropped"), 1, "lamps dropped, after {polls} polls");
        }
        let seen = seen(Work::Panics(2), 9, false);
        assert_eq!(count(&seen, "lamp dropped"), 1, "lamps dropped, after a panic");
    }

    #[test]
    fn a_panic_while_the_lamp_is_put_out_is_passed_on() {
        struct Wet;
        impl Lamp for Wet {
            async fn put_out(&mut self) {
                panic!("it is wet on purpose");
            }
        }
        let (panicked, came) = within(LIMIT, || {
            let (keeper, mut lamps) = mpsc::unbounded();
            let mut shift = Box::pin(shift(Wet, keeper, async |_: &Wet| ()));
            let poll = || shift.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let panicked = catch_unwind(AssertUnwindSafe(poll)).is_err();
            drop(shift);
            (panicked, lamps.try_recv().is_ok())
        });
        assert!(panicked, "the panic comes through");
        assert!(came, "a lamp that is not out goes to the keeper");
    }
}
