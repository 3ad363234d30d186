//! Small changes to solutions that ought to make a test fail: for authors, who
//! look at what survives. A survivor is a change that the statement allows, or
//! a test that is missing.
//!
//! By hand, although there is `cargo-mutants`: it knows nothing of orderings,
//! awaits and locks, and builds each change anew, while ours are compiled
//! together.

use std::collections::BTreeSet;
use std::fs;

use crate::check::CheckError;
use crate::compiler::Compiler;
use crate::grade::Outcome;
use crate::job::{Job, test_all};
use crate::set::{Exercise, Set, SetError};
use crate::source::Source;

/// What was tried, and what survived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutated {
    /// Changes that compile.
    pub tried: usize,
    /// Changes that do not.
    pub refused: usize,
    /// A line for each change with which all tests pass.
    pub survivors: Vec<String>,
}

/// Words that stand for other words: each place at which the first stands is a
/// change.
const SWAPS: [(&str, &str); 31] = [
    ("Ordering::Acquire", "Ordering::Relaxed"),
    ("Ordering::Release", "Ordering::Relaxed"),
    ("Ordering::AcqRel", "Ordering::Relaxed"),
    ("Ordering::SeqCst", "Ordering::Relaxed"),
    (".await", ""),
    ("let _permit =", "let _ ="),
    ("let _guard =", "let _ ="),
    ("notify_all()", "notify_one()"),
    ("Semaphore::new(", "Semaphore::new(1 + "),
    ("channel(", "channel(1 + "),
    ("buffered(", "buffered(1 + "),
    ("buffer_unordered(", "buffer_unordered(1 + "),
    (".max(1)", ""),
    (".take(", ".take(1 + "),
    (".chunks(", ".chunks(1 + "),
    ("while let ", "if let "),
    ("while ", "if "),
    (" <= ", " < "),
    (" < ", " <= "),
    (" >= ", " > "),
    (" > ", " >= "),
    (" == ", " != "),
    (" != ", " == "),
    (" && ", " || "),
    (" || ", " && "),
    ("true", "false"),
    ("false", "true"),
    ("push_back(", "push_front("),
    ("pop_front()", "pop_back()"),
    (" + 1", ""),
    (" - 1", ""),
];

/// Changes the solutions of some exercises, one place at a time, and runs the
/// tests. `progress` is called after each, with how many there are.
///
/// # Errors
/// If a file cannot be read, or the compiler not be run.
pub fn mutate(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    progress: impl Fn(usize) + Sync,
) -> Result<Mutated, CheckError> {
    let (mut changes, mut jobs) = (Vec::new(), Vec::new());
    for exercise in exercises {
        let read = |kind: &str| {
            let path = exercise.path(&set.folder.join(kind));
            fs::read_to_string(&path)
                .map_err(|source| SetError::Io { path, source })
        };
        let (original, solution) = (read("exercises")?, read("solutions")?);
        let (original, solution) =
            (Source::new(&original), Source::new(&solution));
        for (change, code) in mutants(solution.code, original.code) {
            changes.push(format!("{}: {change}", exercise.name));
            let changed = Source { code: &code, tests: solution.tests };
            jobs.push(Job::new(exercise, changed, original).together());
        }
    }
    let mut mutated = Mutated::default();
    let tested = test_all(compiler, &jobs, || progress(jobs.len()))?;
    for (change, tested) in changes.into_iter().zip(tested) {
        match tested.outcome {
            Outcome::DidNotCompile { .. } => mutated.refused += 1,
            outcome => {
                mutated.tried += 1;
                if outcome == Outcome::Passed {
                    mutated.survivors.push(change);
                }
            }
        }
    }
    Ok(mutated)
}

/// The changed codes of a solution, each with the change: its line, counted
/// from 1, and what it was. What was handed out is not changed, for it is not
/// the learner's.
fn mutants(code: &str, handed_out: &str) -> Vec<(String, String)> {
    let given: BTreeSet<&str> = handed_out.lines().map(str::trim).collect();
    let lines: Vec<&str> = code.lines().collect();
    let mut mutants = Vec::new();
    for (nth, &line) in lines.iter().enumerate() {
        if given.contains(line.trim()) || line.trim_start().starts_with("//") {
            continue;
        }
        let mut add = |new: &str, what: String| {
            let mut changed = lines.clone();
            changed[nth] = new;
            mutants.push((
                format!("line {}: {what}", nth + 1),
                changed.join("\n") + "\n",
            ));
        };
        for (from, to) in SWAPS {
            for (at, _) in line.match_indices(from) {
                let new =
                    format!("{}{to}{}", &line[..at], &line[at + from.len()..]);
                add(
                    &new,
                    format!("'{}' instead of '{}'", new.trim(), line.trim()),
                );
            }
        }
        let before = nth.checked_sub(1).map(|before| lines[before]);
        if is_statement(line, before) && can_be_left_out(line) {
            add("", format!("without '{}'", line.trim()));
        }
        if let Some(&next) = lines.get(nth + 1)
            && is_statement(line, before)
            && is_statement(next, Some(line))
        {
            let mut changed = lines.clone();
            changed.swap(nth, nth + 1);
            let what = format!("'{}' before '{}'", next.trim(), line.trim());
            mutants.push((
                format!("line {}: {what}", nth + 1),
                changed.join("\n") + "\n",
            ));
        }
    }
    mutants
}

/// Whether a line is a statement as a whole.
fn is_statement(line: &str, before: Option<&str>) -> bool {
    let (line, before) = (line.trim(), before.map_or("", str::trim));
    let begins = before.is_empty()
        || before.starts_with("//")
        || before.ends_with([';', '{', '}']);
    begins && line.ends_with(';') && !line.starts_with(['}', ')', '.'])
}

/// Whether a statement is a wake, a lock, a drop, an abort: nothing that the
/// others need.
fn can_be_left_out(line: &str) -> bool {
    !["let ", "use ", "return", "break", "continue"]
        .iter()
        .any(|it| line.trim().starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_changed_once_and_what_was_handed_out_is_not() {
        let handed_out = "fn open(gate: &Gate) {\n    todo!()\n}\n";
        let code = "fn open(gate: &Gate) {\n    gate.open.store(true, Ordering::Release);\n    \
                    drop(gate);\n    if let Some(waker) = gate\n        .lock();\n    // A comment == no change.\n}\n";
        let all = mutants(code, handed_out);
        let changes: Vec<&str> =
            all.iter().map(|(change, _)| change.as_str()).collect();
        let store = "gate.open.store(true, Ordering::Release);";
        let expected = [
            format!(
                "line 2: 'gate.open.store(true, Ordering::Relaxed);' instead of '{store}'"
            ),
            format!(
                "line 2: 'gate.open.store(false, Ordering::Release);' instead of '{store}'"
            ),
            format!("line 2: without '{store}'"),
            format!("line 2: 'drop(gate);' before '{store}'"),
            "line 3: without 'drop(gate);'".to_owned(),
        ];
        assert_eq!(changes, expected);
        let left_out = "fn open(gate: &Gate) {\n\n    drop(gate);\n    if let";
        assert!(
            all[2].1.starts_with(left_out),
            "lines stay in place: {}",
            all[2].1
        );
    }
}
