//! The layer that notes when spans are created, entered, left and closed.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::model::{Recording, Row, Run};
use super::text;
use crate::runner;

/// What a thread without a name is called.
pub(crate) const UNNAMED: &str = "thread";

/// More spans than this are counted, not kept: 100,000 take about 30 MB.
const MOST_ROWS: usize = 100_000;

/// Keeps recordings apart: two timelines at once would each hold the other's spans.
static TURN: Mutex<()> = Mutex::new(());
/// Who has the turn, so that a second timeline on the same thread panics instead of hanging.
static HOLDER: Mutex<Option<ThreadId>> = Mutex::new(None);
/// 0 while nothing is recorded, else the number of the recording under way.
static CURRENT: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);
static STORE: Mutex<Store> = Mutex::new(Store::new());

thread_local! {
    /// This thread's index, and the recording in which it was given.
    static SLOT: Cell<(u64, usize)> = const { Cell::new((0, 0)) };
}

struct Store {
    threads: Vec<String>,
    rows: Vec<Arc<Mutex<Life>>>,
    omitted: usize,
}

impl Store {
    const fn new() -> Self {
        Store { threads: Vec::new(), rows: Vec::new(), omitted: 0 }
    }
}

/// A span's life as it happens. The span holds one reference, the store the other, so a span that
/// outlives its recording goes on writing into its own memory and nowhere else.
struct Life {
    recording: u64,
    name: &'static str,
    fields: String,
    start: Instant,
    end: Option<Instant>,
    runs: Vec<(Instant, Option<Instant>, usize)>,
}

/// The layer. It records spans of level `INFO` and above while a [`Timeline`] is under way.
///
/// [`main`](crate::main) and [`timeline`] install it by themselves; a program with layers of its own
/// adds it to them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorder;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let recording = CURRENT.load(Ordering::Acquire);
        let metadata = attributes.metadata();
        // Libraries speak at debug and trace; a picture of them is not the lesson.
        if recording == 0 || *metadata.level() > LevelFilter::INFO {
            return;
        }
        let mut fields = Fields(String::new());
        attributes.record(&mut fields);
        let life = Arc::new(Mutex::new(Life {
            recording,
            name: metadata.name(),
            fields: fields.0,
            start: Instant::now(),
            end: None,
            runs: Vec::new(),
        }));
        {
            let mut store = lock(&STORE);
            if store.rows.len() == MOST_ROWS {
                store.omitted += 1;
                return;
            }
            store.rows.push(Arc::clone(&life));
        }
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(life);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        with_life(id, &context, |life| {
            let mut fields = Fields(mem::take(&mut life.fields));
            values.record(&mut fields);
            life.fields = fields.0;
        });
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        with_life(id, &context, |life| {
            let thread = thread_index(life.recording);
            life.runs.push((Instant::now(), None, thread));
        });
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        with_life(id, &context, |life| {
            let thread = thread_index(life.recording);
            let now = Instant::now();
            let open = life.runs.iter_mut().rev().find(|run| run.1.is_none() && run.2 == thread);
            if let Some(run) = open {
                run.1 = Some(now);
            }
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        with_life(&id, &context, |life| life.end = Some(Instant::now()));
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
}

fn with_life<S: Subscriber + for<'a> LookupSpan<'a>>(
    id: &Id,
    context: &Context<'_, S>,
    change: impl FnOnce(&mut Life),
) {
    let Some(span) = context.span(id) else { return };
    let Some(life) = span.extensions().get::<Arc<Mutex<Life>>>().cloned() else {
        return;
    };
    change(&mut lock(&life));
}

/// This thread's index in the given recording.
fn thread_index(recording: u64) -> usize {
    SLOT.with(|slot| {
        let (given_in, index) = slot.get();
        if given_in == recording {
            return index;
        }
        if recording != CURRENT.load(Ordering::Acquire) {
            // A span of an earlier recording, entered by a thread that recording never saw.
            return usize::MAX;
        }
        let current = thread::current();
        let name = match current.name() {
            // Tokio's own name for its workers says what they are to those who know it.
            Some("tokio-rt-worker") => "tokio worker",
            Some(name) => name,
            None => UNNAMED,
        };
        let mut store = lock(&STORE);
        let index = store.threads.len();
        store.threads.push(name.to_owned());
        slot.set((recording, index));
        index
    })
}

struct Fields(String);

impl Fields {
    fn push(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        let _ = write!(self.0, "{}={value}", field.name());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, format_args!("{value}"));
    }
}

/// A recording under way. Made by [`timeline`].
#[derive(Debug)]
#[must_use = "call `draw` or `finish`; a dropped timeline shows nothing"]
pub struct Timeline {
    title: String,
    start: Instant,
    number: u64,
    _turn: Turn,
}

/// Starts to record every `INFO` span of this process under a heading.
///
/// Installs the [`Recorder`] as the process's subscriber if there is none yet. Recordings take
/// turns: while another thread's is under way this waits for its end.
///
/// What other threads do meanwhile is recorded too. A test asks for its own rows by labels that no
/// other test makes.
///
/// # Panics
/// If this thread is recording already: the second could never have its turn.
pub fn timeline(title: impl Into<String>) -> Timeline {
    install();
    let turn = Turn::take();
    *lock(&STORE) = Store::new();
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    CURRENT.store(number, Ordering::Release);
    Timeline { title: title.into(), start: Instant::now(), number, _turn: turn }
}

/// Makes the [`Recorder`] the process's subscriber. Does nothing if the process has one.
pub fn install() {
    let subscriber = tracing_subscriber::registry().with(Recorder);
    // An error means that the program brought its own, which is its right.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

impl Timeline {
    /// Ends the recording, prints it, and keeps it for `--svg` and `--trace`.
    pub fn draw(self) {
        let recording = self.finish();
        anstream::print!("{}", text::draw(&recording, &runner::style()));
        runner::keep(recording);
    }

    /// Ends the recording and returns it.
    pub fn finish(self) -> Recording {
        let end = Instant::now();
        CURRENT.store(0, Ordering::Release);
        let store = mem::replace(&mut *lock(&STORE), Store::new());
        let since = |at: Instant| at.min(end).saturating_duration_since(self.start);
        let rows = store
            .rows
            .iter()
            .map(|life| lock(life))
            .filter(|life| life.recording == self.number)
            .map(|life| Row {
                name: life.name,
                fields: printable(&life.fields),
                start: since(life.start),
                end: since(life.end.unwrap_or(end)),
                closed: life.end.is_some_and(|at| at <= end),
                runs: life
                    .runs
                    .iter()
                    .filter(|&&(_, _, thread)| thread < store.threads.len())
                    .map(|&(start, stop, thread)| Run {
                        start: since(start),
                        end: since(stop.unwrap_or(end)),
                        thread,
                    })
                    .collect(),
            })
            .collect();
        Recording {
            title: self.title.clone(),
            length: since(end),
            threads: store.threads,
            rows,
            omitted: store.omitted,
        }
    }
}

/// The turn to record, given back on drop.
#[derive(Debug)]
struct Turn(#[expect(dead_code, reason = "held for its drop")] MutexGuard<'static, ()>);

impl Turn {
    fn take() -> Self {
        let me = thread::current().id();
        let guard = match TURN.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                assert!(
                    *lock(&HOLDER) != Some(me),
                    "this thread is recording a timeline already: draw or finish it first"
                );
                lock(&TURN)
            }
        };
        *lock(&HOLDER) = Some(me);
        Turn(guard)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        CURRENT.store(0, Ordering::Release);
        *lock(&HOLDER) = None;
    }
}

/// Fields may hold anything; a picture must not move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A panic elsewhere must not take the picture with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time from the start of a recording as the pictures write it.
pub(crate) fn human(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        _ if micros >= 999_500.0 => format!("{:.2} s", micros / 1e6),
        _ if micros >= 9_950.0 => format!("{:.0} ms", micros / 1e3),
        _ if micros >= 999.5 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{micros:.0} µs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::info_span;

    #[test]
    fn a_span_waits_until_it_is_entered() {
        let timeline = timeline("test");
        let span = info_span!("brew", cup = 1);
        let waiting = Instant::now();
        while waiting.elapsed() < Duration::from_millis(2) {}
        span.in_scope(|| {});
        drop(span);
        let recording = timeline.finish();
        let row = recording.row("brew cup=1").expect("the span was recorded");
        assert!(row.waited() >= Duration::from_millis(2), "waited {:?}", row.waited());
        assert_eq!(row.runs.len(), 1);
        assert!(row.closed);
    }

    #[test]
    fn threads_are_named_in_the_order_in_which_they_entered() {
        let timeline = timeline("test");
        info_span!("order").in_scope(|| {});
        let span = info_span!("brew");
        thread::Builder::new()
            .name("barista".into())
            .spawn(move || span.in_scope(|| {}))
            .expect("a thread can be spawned")
            .join()
            .expect("entering a span does not panic");
        let recording = timeline.finish();
        assert_eq!(recording.threads[1], "barista");
        assert_eq!(recording.rows[1].runs[0].thread, 1);
    }

    #[test]
    fn a_span_may_outlive_its_recording() {
        let timeline = timeline("test");
        let span = info_span!("late");
        let entered = span.enter();
        let recording = timeline.finish();
        assert!(!recording.rows[0].closed);
        assert_eq!(recording.rows[0].end, recording.length);
        let next = super::timeline("next");
        drop(entered);
        thread::scope(|scope| scope.spawn(|| span.in_scope(|| {})).join().expect("no panic"));
        drop(span);
        assert!(next.finish().rows.is_empty(), "the late span belongs to no recording");
    }

    #[test]
    fn libraries_speaking_at_debug_are_not_recorded() {
        let timeline = timeline("test");
        drop(tracing::debug_span!("internals"));
        assert!(timeline.finish().rows.is_empty());
    }

    #[test]
    fn fields_recorded_later_are_shown() {
        let timeline = timeline("test");
        let span = info_span!("fetch", url = "a\u{1b}[2Jb", status = tracing::field::Empty);
        span.record("status", 404);
        drop(span);
        assert_eq!(timeline.finish().rows[0].fields, "url=a [2Jb status=404");
    }

    #[test]
    #[should_panic(expected = "recording a timeline already")]
    fn a_second_timeline_on_one_thread_panics_instead_of_hanging() {
        let _first = timeline("first");
        let _second = timeline("second");
    }

    #[test]
    fn times_are_short() {
        let shown = [340, 1_499, 12_345, 1_234_567].map(|us| human(Duration::from_micros(us)));
        assert_eq!(shown, ["340 µs", "1.5 ms", "12 ms", "1.23 s"]);
    }
}
