//! One recording under way: its turn, its end, its picture on the standard
//! output.

use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::recorder::{self, Recorder};
use crate::recording::Recording;
use crate::style::style;
use crate::text;

/// A recording under way. Made by [`timeline()`].
///
/// It may be moved to another thread, and may end inside a span, in a task or
/// in a closure on Rayon: what is alive then is drawn up to that instant.
///
/// Dropped in any other way than by [`draw`](Self::draw) and
/// [`finish`](Self::finish):
/// - by a panic that unwinds: it draws what there is, because then the picture
///   is wanted most;
/// - otherwise, as by an early return: the recording ends and nothing is shown.
///   A test may hold one for its turn alone.
#[derive(Debug)]
#[must_use = "call `draw` or `finish`; a timeline that is dropped shows nothing, but for a panic"]
pub struct Timeline {
    title: String,
    start: Instant,
    ended: bool,
    _turn: Turn,
}

/// Starts to record every `INFO` span of this process, under a heading.
///
/// [Installs](install) the [`Recorder`] if the process has no subscriber yet.
/// If it has one of its own without a recorder, nothing can be recorded: the
/// first such call says so on the standard error. An empty picture, drawn under
/// a filter that keeps spans out, says that too.
///
/// Recordings take turns: while another thread's is under way this waits for
/// its end. What other threads do meanwhile is recorded too. A test asks for
/// its own rows by labels that no other test makes.
///
/// # Panics
/// If the recording under way was started by this thread: the second could
/// never have its turn.
pub fn timeline(title: impl Into<String>) -> Timeline {
    install();
    if !recorder::is_listening() {
        say_once(
            "nothing is recorded, because this program's subscriber has no recorder; add one: \
             `tracing_subscriber::registry().with(timeline::layer())`",
        );
    }
    let turn = Turn::take();
    recorder::begin();
    Timeline {
        title: title.into(),
        start: Instant::now(),
        ended: false,
        _turn: turn,
    }
}

/// Makes a [`Recorder`] the process's subscriber. Does nothing if the process
/// has one.
pub fn install() {
    // Whoever was first, after one attempt the process has a subscriber for
    // good.
    static TRIED: Once = Once::new();
    TRIED.call_once(|| {
        // The level stands beside the recorder and not in it, and is a filter
        // for all: there is nobody else here that it could silence, and it
        // costs a span nothing.
        let subscriber = tracing_subscriber::registry()
            .with(Recorder)
            .with(LevelFilter::INFO);
        // An error means that the program brought its own, which is its right.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}

/// Says why a picture is empty: once, since every further picture is empty for
/// the same reason.
fn say_once(reason: &str) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let _ = writeln!(io::stderr(), "timeline: {reason}");
    });
}

impl Timeline {
    /// Ends the recording and prints it to the standard output in the process's
    /// [`style`], without colors for a pipe and under `NO_COLOR`. Then hands it
    /// to whom [`on_draw`] has named.
    ///
    /// # Panics
    /// As `print!` does, if the standard output cannot be written.
    pub fn draw(mut self) {
        let recording = self.end();
        if recording.rows.is_empty() && !tracing::span_enabled!(Level::INFO) {
            say_once(
                "nothing was recorded: a filter of this program, or a `max_level_…` feature of \
                 `tracing`, keeps spans of level INFO out",
            );
        }
        anstream::print!("{}", text::draw(&recording, &style()));
        hand_on(recording);
    }

    /// Ends the recording and returns it. Prints nothing.
    pub fn finish(mut self) -> Recording {
        self.end()
    }

    fn end(&mut self) -> Recording {
        self.ended = true;
        recorder::end(std::mem::take(&mut self.title), self.start)
    }
}

impl Drop for Timeline {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        if !thread::panicking() {
            return recorder::stop();
        }
        let recording = self.end();
        // A second panic would end the process before anybody has seen the
        // first.
        let _ =
            write!(anstream::stdout(), "{}", text::draw(&recording, &style()));
        hand_on(recording);
    }
}

type Receiver = Arc<dyn Fn(Recording) + Send + Sync>;

static RECEIVER: Mutex<Option<Receiver>> = Mutex::new(None);

/// Hands every recording that is drawn from now on to `receive`, after it was
/// printed: to be kept for [`svg::draw`](crate::svg::draw) or
/// [`chrome::draw`](crate::chrome::draw). A process has one receiver; a second
/// takes the place of the first.
///
/// `receive` runs on the thread that draws, and must not panic: that thread may
/// be unwinding.
pub fn on_draw(receive: impl Fn(Recording) + Send + Sync + 'static) {
    *lock(&RECEIVER) = Some(Arc::new(receive));
}

fn hand_on(recording: Recording) {
    // Copied, so that no lock is held while the program's function runs.
    let receiver = lock(&RECEIVER).clone();
    if let Some(receive) = receiver {
        receive(recording);
    }
}

/// The thread that started the recording under way. Recordings are kept apart:
/// two at once would each hold the other's spans.
static HOLDER: Mutex<Option<ThreadId>> = Mutex::new(None);
static FREE: Condvar = Condvar::new();

/// The turn to record, given back on drop, on whichever thread.
#[derive(Debug)]
struct Turn(());

impl Turn {
    fn take() -> Self {
        let me = thread::current().id();
        let mut holder = lock(&HOLDER);
        while let Some(other) = *holder {
            if other == me {
                drop(holder);
                panic!(
                    "this thread is recording a timeline already: draw or finish it first"
                );
            }
            holder = FREE.wait(holder).unwrap_or_else(PoisonError::into_inner);
        }
        *holder = Some(me);
        Turn(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *lock(&HOLDER) = None;
        FREE.notify_one();
    }
}

/// A panic elsewhere must not take the picture with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
