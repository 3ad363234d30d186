//! Shows the next hint for an exercise, or the given one: `cargo hint NAME`,
//! `cargo hint NAME 1`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match hint(Path::new(env!("CARGO_MANIFEST_DIR")), env::args().skip(1).collect()) {
        Ok(hint) => {
            println!("{hint}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn hint(folder: &Path, arguments: Vec<String>) -> Result<String, String> {
    let (name, level) = match arguments.as_slice() {
        [name] => (name, None),
        [name, level] => (name, Some(level)),
        _ => return Err("say for which exercise: cargo hint NAME".to_owned()),
    };
    let hints = fs::read_to_string(folder.join("hints").join(name).with_extension("txt"))
        .map_err(|_| format!("there are no hints for '{name}'"))?;
    let hints: Vec<&str> = hints.split("\n\n").map(str::trim).collect();
    // How many were read of which: `"NAME": 2` on a line each, between braces.
    let notes = folder.join(".hints.json");
    let note = |line: &str| {
        let (name, read) = line.trim().trim_end_matches(',').split_once(':')?;
        Some((name.trim_matches('"').to_owned(), read.trim().parse::<usize>().ok()?))
    };
    let mut read: BTreeMap<String, usize> =
        fs::read_to_string(&notes).unwrap_or_default().lines().filter_map(note).collect();
    let before = read.get(name).copied().unwrap_or(0);
    let level = match level {
        Some(level) => level.parse().ok(),
        None => Some((before + 1).min(hints.len())),
    };
    let level = level.filter(|level| (1..=hints.len()).contains(level));
    let level = level.ok_or(format!("there are hints 1 to {}", hints.len()))?;
    read.insert(name.clone(), before.max(level));
    let lines: Vec<String> =
        read.iter().map(|(name, read)| format!("  \"{name}\": {read}")).collect();
    fs::write(&notes, format!("{{\n{}\n}}\n", lines.join(",\n")))
        .map_err(|error| format!("cannot write '{}': {error}", notes.display()))?;
    Ok(format!("hint {level} of {}\n{}", hints.len(), hints[level - 1]))
}
