//! Runs the lessons of the appendix, and the program over workers.

use std::process::ExitCode;

use beyond_one_machine::{LESSONS, cli};

fn main() -> ExitCode {
    chapter_06_pipeline::cli::subscribe();
    match std::env::args_os().nth(1).as_ref().and_then(|first| first.to_str()) {
        Some(first) if cli::COMMANDS.contains(&first) => cli::run(),
        _ => lessons::main_beside(
            cli::COMMANDS,
            env!("CARGO_PKG_NAME"),
            cli::ABOUT,
            LESSONS,
        ),
    }
}
