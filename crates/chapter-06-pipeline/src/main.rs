//! Runs the lessons of chapter 6, and the program they lead up to.

use std::process::ExitCode;

use chapter_06_pipeline::{LESSONS, cli};

const COMMANDS: &[&str] = &["index", "search", "serve"];

fn main() -> ExitCode {
    cli::subscribe();
    match std::env::args_os().nth(1).as_ref().and_then(|first| first.to_str()) {
        Some(first) if COMMANDS.contains(&first) => cli::run(),
        _ => lessons::main_beside(
            COMMANDS,
            env!("CARGO_PKG_NAME"),
            cli::ABOUT,
            LESSONS,
        ),
    }
}
