//! `compare`: runs comparisons and prints their tables.

use std::process::ExitCode;

#[cfg(feature = "arms")]
mod command;

#[cfg(feature = "arms")]
fn main() -> ExitCode {
    command::main()
}

#[cfg(not(feature = "arms"))]
fn main() -> ExitCode {
    eprintln!(
        "error: this was built without the arms; build it with its default features"
    );
    ExitCode::FAILURE
}
