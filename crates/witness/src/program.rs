//! What another program prints.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{PATIENT, within};

/// Runs a program to its end and returns what it printed, within [`PATIENT`].
///
/// # Panics
/// If it cannot be started, does not end, ends with an error, or prints what is
/// no text.
#[track_caller]
pub fn printed(program: impl AsRef<Path>, arguments: &[&str]) -> String {
    let mut command = Command::new(program.as_ref());
    command.args(arguments);
    let output = within(PATIENT, move || command.output());
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}", program.as_ref().display())
    });
    assert!(
        output.status.success(),
        "{}: {output:?}",
        program.as_ref().display()
    );
    String::from_utf8(output.stdout).expect("it prints text")
}

/// Returns where the example `name` stands whose package has this `binary`, as
/// in `env!("CARGO_BIN_EXE_…")`. Cargo names examples to nobody, but it builds
/// them for its package's tests, and always puts them there.
///
/// # Panics
/// If it was not built.
#[track_caller]
pub fn example(binary: impl AsRef<Path>, name: &str) -> PathBuf {
    let file = format!("examples/{name}{}", std::env::consts::EXE_SUFFIX);
    let path = binary.as_ref().with_file_name(file);
    assert!(
        path.is_file(),
        "{}: build it with cargo build --examples",
        path.display()
    );
    path
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_program_that_ends_well_has_printed() {
        let tests = env::current_exe().expect("it runs");
        let list = printed(
            &tests,
            &["--list", "a_program_that_ends_well_has_printed"],
        );
        assert!(
            list.contains("a_program_that_ends_well_has_printed: test"),
            "{list}"
        );
    }

    #[test]
    fn a_program_that_fails_or_is_not_there_panics() {
        let tests = env::current_exe().expect("it runs");
        assert!(
            catch_unwind(|| printed(&tests, &["--no-such-option"])).is_err()
        );
        assert!(
            catch_unwind(|| printed(tests.with_file_name("nowhere"), &[]))
                .is_err()
        );
    }

    #[test]
    fn an_example_that_was_not_built_panics() {
        let tests = env::current_exe().expect("it runs");
        assert!(catch_unwind(|| example(&tests, "no-such-example")).is_err());
    }
}
