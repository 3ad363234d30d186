//! Beside other layers: everybody gets what they asked for.

use std::io;
use std::sync::{Arc, Mutex};

use timeline::{Recorder, Recording, timeline};
use tracing::subscriber::with_default;
use tracing::{Level, Subscriber, debug, debug_span, info, info_span, warn};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry, reload};

/// The text that a log wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panics").clone())
            .expect("logs are UTF-8")
    }

    fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(
        &self,
    ) -> impl Layer<S> + use<S> {
        fmt::layer().with_ansi(false).with_writer(self.clone())
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// Uses spans and events of all sorts under a subscriber, and returns what was
/// recorded of them.
fn used(subscriber: impl Subscriber + Send + Sync) -> Vec<String> {
    with_default(subscriber, || {
        let timeline = timeline("beside");
        info_span!(target: "kitchen", "outer").in_scope(|| {
            debug_span!("inner").in_scope(|| debug!("at debug"));
            info_span!(target: "hall", "serve", guest = 7)
                .in_scope(|| info!("at info"));
            warn!("at warn");
        });
        // Other tests of this process are seen too.
        let ours = |recording: &Recording| {
            let labels = recording.rows.iter().map(timeline::Row::label);
            labels
                .filter(|label| {
                    ["outer", "inner", "serve guest=7"].contains(&&label[..])
                })
                .collect()
        };
        ours(&timeline.finish())
    })
}

const RECORDED: [&str; 2] = ["outer", "serve guest=7"];

#[test]
fn a_log_without_a_filter_is_not_silenced() {
    let log = Log::default();
    assert_eq!(
        used(registry().with(timeline::layer()).with(log.layer())),
        RECORDED
    );
    assert!(log.text().contains("at debug"), "{}", log.text());

    let log = Log::default();
    assert_eq!(
        used(registry().with(log.layer()).with(timeline::layer())),
        RECORDED
    );
    assert!(
        log.text().contains("inner: ") && log.text().contains("at debug"),
        "{}",
        log.text()
    );

    // The recorder without its filter has no opinion on levels either.
    let log = Log::default();
    assert_eq!(used(registry().with(log.layer()).with(Recorder)), RECORDED);
    assert!(log.text().contains("at debug"), "{}", log.text());
}

#[test]
fn a_filter_of_the_log_is_for_the_log_alone() {
    for filter in ["warn", "off", "kitchen=error"] {
        let log = Log::default();
        let quiet = log.layer().with_filter(EnvFilter::new(filter));
        assert_eq!(
            used(registry().with(timeline::layer()).with(quiet)),
            RECORDED,
            "{filter}"
        );
        assert_eq!(
            log.text().contains("at warn"),
            filter == "warn",
            "{}",
            log.text()
        );
        assert!(!log.text().contains("at info"), "{}", log.text());

        let log = Log::default();
        let quiet = log.layer().with_filter(EnvFilter::new(filter));
        assert_eq!(
            used(registry().with(quiet).with(Recorder)),
            RECORDED,
            "{filter}"
        );
        assert!(!log.text().contains("at info"), "{}", log.text());
    }
}

#[test]
fn a_log_that_wants_more_gets_more() {
    let log = Log::default();
    let loud = log.layer().with_filter(EnvFilter::new("debug"));
    assert_eq!(used(registry().with(loud).with(timeline::layer())), RECORDED);
    assert!(
        log.text().contains("inner: ") && log.text().contains("at debug"),
        "{}",
        log.text()
    );
}

#[test]
fn a_filter_of_the_recorder_is_for_the_recorder_alone() {
    let log = Log::default();
    let kitchen = Recorder
        .with_filter(Targets::new().with_target("kitchen", Level::INFO));
    assert_eq!(used(registry().with(kitchen).with(log.layer())), ["outer"]);
    assert!(log.text().contains("serve{guest=7}"), "{}", log.text());
    assert!(log.text().contains("at debug"), "{}", log.text());

    let log = Log::default();
    let nothing = Recorder.with_filter(LevelFilter::OFF);
    assert!(used(registry().with(log.layer()).with(nothing)).is_empty());
    assert!(log.text().contains("at debug"), "{}", log.text());
}

#[test]
fn a_chrome_trace_is_written_beside_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("trace.json");
    let (chrome, guard) =
        tracing_chrome::ChromeLayerBuilder::new().file(&file).build();
    assert_eq!(used(registry().with(chrome).with(timeline::layer())), RECORDED);
    drop(guard);
    let trace = std::fs::read_to_string(&file).expect("the trace was written");
    assert!(trace.contains("serve") && trace.contains("inner"), "{trace}");
}

#[test]
fn two_recorders_in_one_subscriber_record_a_span_once() {
    assert_eq!(
        used(registry().with(Recorder).with(timeline::layer())),
        RECORDED
    );
}

#[test]
fn a_recorder_may_be_boxed_optional_or_reloaded() {
    assert_eq!(used(registry().with(Recorder.boxed())), RECORDED);
    assert_eq!(used(registry().with(Some(timeline::layer()))), RECORDED);
    assert_eq!(used(registry().with(reload::Layer::new(Recorder).0)), RECORDED);
}
