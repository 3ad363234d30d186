//! Runs the lessons of chapter 3.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "console")]
    serve_console();
    loop {
        let ended = lessons::main(
            env!("CARGO_PKG_NAME"),
            "Tokio: what a runtime does for you, and what it cannot do",
            chapter_03_tokio::LESSONS,
        );
        // A lesson is over too soon to be watched: for the console it runs
        // again and again.
        if cfg!(not(feature = "console")) || ended != ExitCode::SUCCESS {
            return ended;
        }
    }
}

/// Tells tokio-console, on a port of this machine, what the tasks do. The
/// timelines stay.
#[cfg(feature = "console")]
fn serve_console() {
    use tracing_subscriber::layer::SubscriberExt;
    let subscriber = tracing_subscriber::registry()
        .with(timeline::layer())
        .with(console_subscriber::spawn());
    tracing::subscriber::set_global_default(subscriber)
        .expect("nothing was set before");
}
