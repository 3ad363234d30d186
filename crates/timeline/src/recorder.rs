//! The layer that notes when spans are created, entered, left and closed.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::recording::{Recording, Row, Stay, UNNAMED};

/// More spans than this are counted, not kept: 100,000 take about 30 MB.
const MOST_ROWS: usize = 100_000;

/// 0 while nothing is recorded, else the number of the recording under way.
static CURRENT: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);
static STORE: Mutex<Store> = Mutex::new(Store::new(0));
/// Whether a subscriber holds a recorder that it does not show to
/// `Dispatch::is`.
static HIDDEN: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// This thread's index, and the recording in which it was given.
    static SLOT: Cell<(u64, usize)> = const { Cell::new((0, 0)) };
}

struct Store {
    /// The recording that it belongs to.
    number: u64,
    threads: Vec<String>,
    spans: Vec<Arc<Mutex<SpanRecord>>>,
    omitted: usize,
}

impl Store {
    const fn new(number: u64) -> Self {
        Store { number, threads: Vec::new(), spans: Vec::new(), omitted: 0 }
    }
}

/// A span's life as it happens. The span holds one reference, the store the
/// other, so a span that outlives its recording goes on writing into its own
/// memory and nowhere else.
struct SpanRecord {
    recording: u64,
    name: &'static str,
    fields: String,
    start: Instant,
    end: Option<Instant>,
    stays: Vec<OpenStay>,
}

/// A stay that may not have ended.
struct OpenStay {
    start: Instant,
    end: Option<Instant>,
    thread: usize,
}

/// Starts a recording: from now on spans are noted. Returns its number.
pub(crate) fn begin() -> u64 {
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    *lock(&STORE) = Store::new(number);
    CURRENT.store(number, Ordering::Release);
    number
}

/// Ends the recording that [`begin`] has started, and returns what it has noted
/// since `start`.
pub(crate) fn end(title: String, start: Instant) -> Recording {
    let end = Instant::now();
    CURRENT.store(0, Ordering::Release);
    let store = mem::replace(&mut *lock(&STORE), Store::new(0));
    let since = |at: Instant| at.min(end).saturating_duration_since(start);
    let row = |span: &Arc<Mutex<SpanRecord>>| {
        let span = lock(span);
        // A thread of no recording has no index: see `thread_index`.
        let known =
            span.stays.iter().filter(|stay| stay.thread < store.threads.len());
        Row {
            name: span.name,
            fields: printable(&span.fields),
            start: since(span.start),
            end: since(span.end.unwrap_or(end)),
            closed: span.end.is_some_and(|at| at <= end),
            stays: known
                .map(|stay| Stay {
                    start: since(stay.start),
                    end: since(stay.end.unwrap_or(end)),
                    thread: stay.thread,
                })
                .collect(),
        }
    };
    let rows = store.spans.iter().map(row).collect();
    Recording {
        title,
        length: since(end),
        threads: store.threads,
        rows,
        omitted: store.omitted,
    }
}

/// Stops to record, whatever was noted.
pub(crate) fn stop() {
    CURRENT.store(0, Ordering::Release);
}

/// Whether the spans of this thread reach a [`Recorder`], as far as one can
/// see.
pub(crate) fn is_listening() -> bool {
    tracing::dispatcher::get_default(|subscriber| subscriber.is::<Recorder>())
        || HIDDEN.load(Ordering::Relaxed)
}

/// The layer: it notes the spans of level `INFO` and above while a
/// [`Timeline`](crate::Timeline) is under way, and no events.
///
/// [`timeline()`](crate::timeline()) installs it by itself where the process
/// has no subscriber. A program with layers of its own adds [`layer`] to them,
/// or this with a filter of its own (`Recorder.with_filter(…)`).
///
/// Without a filter it has no opinion on levels, so that it silences no other
/// layer; but then `tracing` takes it to be interested in everything, and every
/// library's `TRACE` span costs as much as an enabled one. [`layer`] has the
/// filter that avoids this.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorder;

/// The [`Recorder`] for a program with layers of its own. Its filter, `INFO`,
/// is a filter of this layer alone.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(timeline::layer())
///     .with(tracing_subscriber::fmt::layer().with_filter(tracing_subscriber::EnvFilter::new("warn")))
///     .init();
/// let timeline = timeline::timeline("beside a log");
/// tracing::info_span!("brew", cup = 1).in_scope(|| tracing::warn!("too hot"));
/// assert_eq!(timeline.finish().rows.len(), 1);
/// ```
///
/// It comes before [`timeline()`](crate::timeline()) is called for the first
/// time: a process can have one global subscriber only.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>()
-> Filtered<Recorder, LevelFilter, S> {
    Recorder.with_filter(LevelFilter::INFO)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        if !subscriber.is::<Recorder>() {
            HIDDEN.store(true, Ordering::Relaxed);
        }
    }

    fn on_new_span(
        &self,
        attributes: &Attributes<'_>,
        id: &Id,
        context: Context<'_, S>,
    ) {
        let recording = CURRENT.load(Ordering::Acquire);
        let metadata = attributes.metadata();
        // Libraries speak at debug and trace; a picture of them is not what was
        // asked for.
        if recording == 0 || *metadata.level() > LevelFilter::INFO {
            return;
        }
        let Some(span) = context.span(id) else { return };
        if span.extensions().get::<Arc<Mutex<SpanRecord>>>().is_some() {
            // The subscriber holds two recorders; one of them is enough.
            return;
        }
        let mut fields = Fields(String::new());
        attributes.record(&mut fields);
        let record = Arc::new(Mutex::new(SpanRecord {
            recording,
            name: metadata.name(),
            fields: fields.0,
            start: Instant::now(),
            end: None,
            stays: Vec::new(),
        }));
        {
            let mut store = lock(&STORE);
            if store.number != recording {
                // The recording has just ended, and perhaps the next begun.
                return;
            }
            if store.spans.len() == MOST_ROWS {
                store.omitted += 1;
                return;
            }
            store.spans.push(Arc::clone(&record));
        }
        span.extensions_mut().insert(record);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(record) = record_of(id, &context) else { return };
        // The values are asked before the lock is taken: their `Debug` may use
        // spans.
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        let mut record = lock(&record);
        if !record.fields.is_empty() && !fields.0.is_empty() {
            record.fields.push(' ');
        }
        record.fields.push_str(&fields.0);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(record) = record_of(id, &context) else { return };
        let mut record = lock(&record);
        let thread = thread_index(record.recording);
        record.stays.push(OpenStay {
            start: Instant::now(),
            end: None,
            thread,
        });
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(record) = record_of(id, &context) else { return };
        let mut record = lock(&record);
        let thread = thread_index(record.recording);
        let now = Instant::now();
        let here =
            |stay: &&mut OpenStay| stay.end.is_none() && stay.thread == thread;
        if let Some(stay) = record.stays.iter_mut().rev().find(here) {
            stay.end = Some(now);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(record) = record_of(&id, &context) else { return };
        lock(&record).end = Some(Instant::now());
    }
}

fn record_of<S: Subscriber + for<'a> LookupSpan<'a>>(
    id: &Id,
    context: &Context<'_, S>,
) -> Option<Arc<Mutex<SpanRecord>>> {
    context.span(id)?.extensions().get::<Arc<Mutex<SpanRecord>>>().cloned()
}

/// This thread's index in the given recording.
fn thread_index(recording: u64) -> usize {
    SLOT.with(|slot| {
        let (given_in, index) = slot.get();
        if given_in == recording {
            return index;
        }
        let current = thread::current();
        let name = match current.name() {
            // Tokio's own name for its workers says what they are to those who
            // know it.
            Some("tokio-rt-worker") => "tokio worker",
            Some(name) => name,
            None => UNNAMED,
        };
        let mut store = lock(&STORE);
        if recording != store.number {
            // A span of an earlier recording, entered by a thread that
            // recording never saw.
            return usize::MAX;
        }
        let index = store.threads.len();
        store.threads.push(printable(name));
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

/// Fields and names may hold anything; a picture must not move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A panic elsewhere must not take the picture with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
