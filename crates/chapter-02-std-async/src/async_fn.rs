//! An `async fn` returns a future; two in a row take turns, two joined overlap.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tracing::{Instrument, info_span};

// ANCHOR: cook
/// Cooks a dish that takes some units. Returns the time at which it was ready.
pub async fn cook(clock: &Clock, units: u32) -> u32 {
    clock.timer(units).await;
    clock.now()
}
// ANCHOR_END: cook

// ANCHOR: spelled_out
/// [`cook`] again, without `async` before the `fn`.
#[expect(clippy::manual_async_fn, reason = "shows what the short form stands for")]
pub fn cook_spelled_out(clock: &Clock, units: u32) -> impl Future<Output = u32> {
    async move {
        clock.timer(units).await;
        clock.now()
    }
}
// ANCHOR_END: spelled_out

// ANCHOR: in_a_row
/// Awaits the first, then the second.
pub async fn in_a_row<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let first = first.await;
    let second = second.await;
    (first, second)
}
// ANCHOR_END: in_a_row

// ANCHOR: join
/// Polls both until both are ready.
pub async fn join<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut two) = (None, None);
    poll_fn(|cx| {
        // A future that was ready must not be polled again.
        if one.is_none()
            && let Poll::Ready(output) = first.as_mut().poll(cx)
        {
            one = Some(output);
        }
        if two.is_none()
            && let Poll::Ready(output) = second.as_mut().poll(cx)
        {
            two = Some(output);
        }
        match (one.take(), two.take()) {
            (Some(one), Some(two)) => Poll::Ready((one, two)),
            unfinished => {
                (one, two) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}
// ANCHOR_END: join

// ANCHOR: block_on
/// Polls `future` on this thread, which sleeps between the polls until it is woken.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
// ANCHOR_END: block_on

// ANCHOR: clock
/// Time in whole units, and who is to be woken when.
#[derive(Debug, Default)]
pub struct Clock {
    now: Mutex<Now>,
    timers: AtomicUsize,
}

#[derive(Debug, Default)]
struct Now {
    units: u32,
    /// By the time at which to wake, then by the timer's number.
    sleepers: BTreeMap<(u32, usize), Waker>,
}

impl Clock {
    /// Returns a clock on which a unit passes every `unit`, by one thread for all timers. The
    /// thread ends with the clock.
    pub fn started(unit: Duration) -> Arc<Clock> {
        let clock = Arc::new(Clock::default());
        let weak = Arc::downgrade(&clock);
        thread::spawn(move || {
            loop {
                thread::sleep(unit);
                let Some(clock) = weak.upgrade() else { break };
                clock.tick();
            }
        });
        clock
    }

    /// Lets one unit pass: wakes everyone whose time has come.
    pub fn tick(&self) {
        let mut now = self.lock();
        now.units += 1;
        let first_later = (now.units + 1, 0);
        let later = now.sleepers.split_off(&first_later);
        let due = mem::replace(&mut now.sleepers, later);
        // Whoever is woken asks what time it is.
        drop(now);
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Returns how many units have passed.
    pub fn now(&self) -> u32 {
        self.lock().units
    }

    /// Returns a future that is ready when `units` have passed from now.
    pub fn timer(&self, units: u32) -> Timer<'_> {
        Timer {
            clock: self,
            at: self.now() + units,
            number: self.timers.fetch_add(1, Ordering::Relaxed),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().expect("nobody panics with the lock held")
    }
}
// ANCHOR_END: clock

// ANCHOR: timer
/// Ready when its time has come. Made by [`Clock::timer`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Timer<'c> {
    clock: &'c Clock,
    at: u32,
    number: usize,
}

impl Future for Timer<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut now = self.clock.lock();
        if now.units >= self.at {
            return Poll::Ready(());
        }
        // Under the same lock as the look at the time, or a tick in between would wake nobody.
        let waker = cx.waker().clone();
        now.sleepers.insert((self.at, self.number), waker);
        Poll::Pending
    }
}
// ANCHOR_END: timer

/// One unit of time in `main`.
const UNIT: Duration = Duration::from_millis(30);

// ANCHOR: main
/// Cooks tea and toast, first in a row, then joined.
pub fn main() -> Result<(), Box<dyn Error>> {
    let clock = Clock::default();
    let future = cook(&clock, 2);
    let (bytes, timers) = (size_of_val(&future), clock.lock().sleepers.len());
    println!("cook(&clock, 2) returned a future of {bytes} bytes; timers set: {timers}\n");
    drop(future);

    let clock = Clock::started(UNIT);
    let timeline =
        lessons::timeline("await, then await: nobody polls the toast while the tea waits");
    let (tea, toast) =
        block_on(in_a_row(async { cook(&clock, 2).instrument(info_span!("tea")).await }, async {
            cook(&clock, 1).instrument(info_span!("toast")).await
        }));
    timeline.draw();
    println!("tea at {tea}, toast at {toast}: {} units\n", tea.max(toast));

    let clock = Clock::started(UNIT);
    let timeline = lessons::timeline("joined: both are polled, both wait at once");
    let (tea, toast) =
        block_on(join(async { cook(&clock, 2).instrument(info_span!("tea")).await }, async {
            cook(&clock, 1).instrument(info_span!("toast")).await
        }));
    timeline.draw();
    println!("tea at {tea}, toast at {toast}: {} units", tea.max(toast));
    Ok(())
}
// ANCHOR_END: main

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use witness::{Log, Polls, within};

    const LONG: Duration = Duration::from_secs(60);

    #[derive(Default)]
    struct Flag(AtomicBool);

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// An executor whose clock is moved by hand: it ticks only while the future waits. Returns the
    /// output and the units that passed. A future that is not woken in a hundred hangs.
    fn drive<F: Future>(clock: &Clock, future: F) -> (F::Output, u32) {
        let mut future = pin!(future);
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut cx = Context::from_waker(&waker);
        let started = clock.now();
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return (output, clock.now() - started);
            }
            while !flag.0.swap(false, Ordering::Relaxed) {
                assert!(clock.now() < started + 100, "nobody wakes this future");
                clock.tick();
            }
        }
    }

    /// Cooks, and notes when it begins and when it is ready.
    async fn noted(clock: &Clock, dish: &'static str, units: u32, log: &Log<(u32, String)>) {
        log.push((clock.now(), format!("{dish} begins")));
        cook(clock, units).await;
        log.push((clock.now(), format!("{dish} ready")));
    }

    fn events(log: &Log<(u32, String)>) -> Vec<String> {
        let line = |(at, what)| format!("{at} {what}");
        log.events().into_iter().map(line).collect()
    }

    #[test]
    fn in_a_row_takes_three_units() {
        let (clock, log) = (Clock::default(), Log::new());
        let tea = noted(&clock, "tea", 2, &log);
        let toast = noted(&clock, "toast", 1, &log);
        let ((), elapsed) = drive(&clock, async {
            in_a_row(tea, toast).await;
        });
        assert_eq!(
            events(&log),
            ["0 tea begins", "2 tea ready", "2 toast begins", "3 toast ready"]
        );
        assert_eq!(elapsed, 3);
    }

    #[test]
    fn joined_takes_two_units() {
        let (clock, log) = (Clock::default(), Log::new());
        let tea = noted(&clock, "tea", 2, &log);
        let toast = noted(&clock, "toast", 1, &log);
        let ((), elapsed) = drive(&clock, async {
            join(tea, toast).await;
        });
        assert_eq!(
            events(&log),
            ["0 tea begins", "0 toast begins", "1 toast ready", "2 tea ready"]
        );
        assert_eq!(elapsed, 2);
    }

    #[test]
    fn both_ways_return_the_outputs_in_order() {
        let clock = Clock::default();
        assert_eq!(drive(&clock, in_a_row(cook(&clock, 2), cook(&clock, 1))), ((2, 3), 3));
        let clock = Clock::default();
        assert_eq!(drive(&clock, join(cook(&clock, 2), cook(&clock, 1))), ((2, 1), 2));
    }

    #[test]
    fn calling_an_async_fn_begins_nothing() {
        let clock = Clock::default();
        let (short, spelled_out) = (cook(&clock, 2), cook_spelled_out(&clock, 2));
        assert!(clock.lock().sleepers.is_empty());
        for _ in 0..5 {
            clock.tick();
        }
        // The two units begin at the first poll, not at the call.
        assert_eq!(drive(&clock, short), (7, 2));
        assert_eq!(drive(&clock, spelled_out), (9, 2));
    }

    #[test]
    fn each_wait_costs_one_poll_more_and_join_polls_for_its_neighbor() {
        let counts = |polls: [&Polls; 3]| polls.map(|polls| (polls.count(), polls.spurious()));

        let (clock, tea, toast, whole) =
            (Clock::default(), Polls::new(), Polls::new(), Polls::new());
        let cooking = in_a_row(tea.watch(cook(&clock, 2)), toast.watch(cook(&clock, 1)));
        drive(&clock, whole.watch(cooking));
        assert_eq!(counts([&tea, &toast, &whole]), [(2, 0), (2, 0), (3, 0)]);

        let (clock, tea, toast, whole) =
            (Clock::default(), Polls::new(), Polls::new(), Polls::new());
        let cooking = join(tea.watch(cook(&clock, 2)), toast.watch(cook(&clock, 1)));
        drive(&clock, whole.watch(cooking));
        // The tea is asked once more than it wished: the toast had woken the task they share.
        assert_eq!(counts([&tea, &toast, &whole]), [(3, 1), (2, 0), (3, 0)]);
    }

    #[test]
    fn block_on_sleeps_until_it_is_woken() {
        let polls = Polls::new();
        let watching = polls.clone();
        let ready = within(LONG, move || {
            let clock = Clock::started(Duration::from_millis(1));
            block_on(watching.watch(cook(&clock, 3)))
        });
        assert!(ready >= 3);
        assert_eq!((polls.count(), polls.spurious()), (1 + polls.woken(), 0));
    }

    #[test]
    fn a_tick_wakes_those_whose_time_has_come_and_no_others() {
        let clock = Clock::default();
        let flags: Vec<Arc<Flag>> = (1..=3).map(|_| Arc::default()).collect();
        let mut timers: Vec<Timer<'_>> = (1..=3).map(|units| clock.timer(units)).collect();
        for (timer, flag) in timers.iter_mut().zip(&flags) {
            let waker = Waker::from(Arc::clone(flag));
            // Polled twice, as a neighbor in the same task would have it: registered once.
            for _ in 0..2 {
                let poll = Pin::new(&mut *timer).poll(&mut Context::from_waker(&waker));
                assert!(poll.is_pending());
            }
        }
        assert_eq!(clock.lock().sleepers.len(), 3);
        for passed in 1..=3 {
            clock.tick();
            let woken = flags.iter().filter(|flag| flag.0.load(Ordering::Relaxed)).count();
            assert_eq!(woken, passed);
        }
    }

    #[test]
    fn the_timeline_tells_in_a_row_from_joined() {
        let overlap = |joined: bool| {
            let clock = Clock::default();
            let timeline = lessons::timeline("test");
            let tea = async { cook(&clock, 2).instrument(info_span!("tea")).await };
            let toast = async { cook(&clock, 1).instrument(info_span!("toast")).await };
            if joined {
                drive(&clock, join(tea, toast));
            } else {
                drive(&clock, in_a_row(tea, toast));
            }
            let recording = timeline.finish();
            recording.rows[0].overlaps(&recording.rows[1])
        };
        assert!(!overlap(false));
        assert!(overlap(true));
    }
}
