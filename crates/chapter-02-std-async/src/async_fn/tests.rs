use super::*;
use std::sync::atomic::{AtomicBool, Ordering};
use witness::{Drops, Log, PATIENT, Polls, within};

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An executor whose clock is moved by hand: it ticks only while the future
/// waits. Returns the output and the units that passed. A future that is not
/// woken in a hundred hangs.
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
async fn noted(
    clock: &Clock,
    dish: &'static str,
    units: u32,
    log: &Log<(u32, String)>,
) {
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
    let (_, units) = drive(&clock, in_a_row(tea, toast));
    let seen = events(&log);
    assert_eq!(
        seen,
        ["0 tea begins", "2 tea ready", "2 toast begins", "3 toast ready"]
    );
    assert_eq!(units, 3);
}

#[test]
fn joined_takes_two_units() {
    let (clock, log) = (Clock::default(), Log::new());
    let tea = noted(&clock, "tea", 2, &log);
    let toast = noted(&clock, "toast", 1, &log);
    let (_, units) = drive(&clock, join(tea, toast));
    let seen = events(&log);
    assert_eq!(
        seen,
        ["0 tea begins", "0 toast begins", "1 toast ready", "2 tea ready"]
    );
    assert_eq!(units, 2);
}

#[test]
fn both_ways_return_the_outputs_in_order() {
    let clock = Clock::default();
    assert_eq!(
        drive(&clock, in_a_row(cook(&clock, 2), cook(&clock, 1))),
        ((2, 3), 3)
    );
    let clock = Clock::default();
    assert_eq!(
        drive(&clock, join(cook(&clock, 2), cook(&clock, 1))),
        ((2, 1), 2)
    );
    let clock = Clock::default();
    assert_eq!(
        drive(&clock, join(cook(&clock, 1), cook(&clock, 2))),
        ((1, 2), 2)
    );
}

#[test]
fn join_drops_the_one_that_is_ready_while_the_other_waits() {
    let clock = Clock::default();
    let drops = [Drops::new(), Drops::new()];
    let holding = |drops: &Drops| {
        let guard = drops.guard();
        poll_fn(move |_| {
            let _held = &guard;
            Poll::Ready(())
        })
    };
    let waits = async |other: &Drops| {
        clock.wait(1).await;
        other.is_dropped()
    };
    assert_eq!(
        drive(&clock, join(holding(&drops[0]), waits(&drops[0]))).0,
        ((), true)
    );
    assert_eq!(
        drive(&clock, join(waits(&drops[1]), holding(&drops[1]))).0,
        (true, ())
    );
}

#[test]
fn the_call_of_an_async_fn_begins_nothing() {
    let clock = Clock::default();
    let (short, spelled_out) = (cook(&clock, 2), cook_spelled_out(&clock, 2));
    assert!(clock.lock().listeners.is_empty());
    for _ in 0..5 {
        clock.tick();
    }
    // The two units begin at the first poll, not at the call.
    assert_eq!(drive(&clock, short), (7, 2));
    assert_eq!(drive(&clock, spelled_out), (9, 2));
}

#[test]
fn whoever_waits_is_polled_once_at_first_and_once_a_tick() {
    let (tea, toast, whole) = (Polls::new(), Polls::new(), Polls::new());
    let clock = Clock::default();
    let cooking =
        in_a_row(tea.watch(cook(&clock, 2)), toast.watch(cook(&clock, 1)));
    drive(&clock, whole.watch(cooking));
    assert_eq!([&tea, &toast, &whole].map(Polls::count), [3, 2, 4]);

    let (tea, toast, whole) = (Polls::new(), Polls::new(), Polls::new());
    let clock = Clock::default();
    let cooking =
        join(tea.watch(cook(&clock, 2)), toast.watch(cook(&clock, 1)));
    drive(&clock, whole.watch(cooking));
    assert_eq!([&tea, &toast, &whole].map(Polls::count), [3, 2, 3]);
}

#[test]
fn an_await_that_is_ready_goes_on_in_the_same_poll() {
    let polls = Polls::new();
    let steps = within(PATIENT, {
        let polls = polls.clone();
        move || {
            block_on(polls.watch(async {
                let mut steps = 0;
                while steps < 1_000 {
                    async {}.await;
                    steps += 1;
                }
                steps
            }))
        }
    });
    assert_eq!((steps, polls.count()), (1_000, 1));
}

#[test]
fn block_on_polls_only_when_it_was_woken() {
    let polls = Polls::new();
    let watching = polls.clone();
    let ready = within(PATIENT, move || {
        let clock = Clock::started(Duration::from_millis(1));
        block_on(watching.watch(cook(&clock, 3)))
    });
    assert!(ready >= 3);
    assert_eq!((polls.count(), polls.spurious()), (1 + polls.woken(), 0));
}

#[test]
fn the_timeline_tells_in_a_row_from_joined() {
    let clock = Clock::default();
    let timeline = timeline::timeline("test");
    drive(
        &clock,
        in_a_row(shown(&clock, "tea 71", 2), shown(&clock, "toast 71", 1)),
    );
    drive(
        &clock,
        join(shown(&clock, "tea 72", 2), shown(&clock, "toast 72", 1)),
    );
    let recording = timeline.finish();
    let overlap = |dishes: [&str; 2]| {
        let [tea, toast] = dishes.map(|dish| {
            recording
                .row(&format!("cook dish={dish}"))
                .expect("the dish was recorded")
        });
        tea.overlaps(toast)
    };
    assert!(!overlap(["tea 71", "toast 71"]));
    assert!(overlap(["tea 72", "toast 72"]));
}
