//! How far a learner has come in a project, which is longer than an exercise
//! and has milestones.
//!
//! A test belongs to a milestone by its name: `milestone_2_…`. The tests of a
//! milestone need those before it, so a milestone is passed when its tests pass
//! and those of all before it.

use serde::Serialize;

use crate::grade::Outcome;
use crate::set::Exercise;

/// A project's milestones, and how many of them are passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Milestones {
    /// The number of those that are passed.
    pub passed: usize,
    /// The names of all, in order.
    pub names: Vec<String>,
    /// The name of the first that is not passed.
    pub next: Option<String>,
}

impl Milestones {
    /// Those of an exercise after this outcome; `None` if it has none.
    pub(crate) fn of(exercise: &Exercise, outcome: &Outcome) -> Option<Self> {
        let names = exercise.milestones.clone();
        if names.is_empty() {
            return None;
        }
        let passed = passed(outcome, names.len());
        let next = names.get(passed).cloned();
        Some(Milestones { passed, names, next })
    }

    /// `milestone 2 of 4, next: a guest`.
    pub(crate) fn line(&self) -> String {
        let next = self
            .next
            .as_ref()
            .map(|next| format!(", next: {next}"))
            .unwrap_or_default();
        format!("milestone {} of {}{next}", self.passed, self.names.len())
    }
}

/// The number of a test's milestone, counted from 1.
pub(crate) fn number(test: &str) -> Option<usize> {
    test.strip_prefix("milestone_")?.split('_').next()?.parse().ok()
}

fn passed(outcome: &Outcome, all: usize) -> usize {
    let before = |test: &String| match number(test) {
        Some(nth) => nth.saturating_sub(1).min(all),
        // It is run when all tests have passed.
        None if test == "main" => all,
        None => 0,
    };
    match outcome {
        Outcome::Passed => all,
        Outcome::NotStarted
        | Outcome::Missing
        | Outcome::DidNotCompile { .. } => 0,
        Outcome::Tampered { originally } => passed(originally, all),
        Outcome::Failed { test, others, .. } => {
            others.iter().chain([test]).map(before).min().unwrap_or(0)
        }
        Outcome::Hung { test, others, .. } => {
            others.iter().chain(test).map(before).min().unwrap_or(all)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_milestone_is_passed_with_all_before_it() {
        let own = |names: &[&str]| {
            names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()
        };
        let failed = |test: &str, others: &[&str]| Outcome::Failed {
            test: test.to_owned(),
            reason: String::new(),
            others: own(others),
        };
        let hung = |test: Option<&str>, others: &[&str]| Outcome::Hung {
            test: test.map(str::to_owned),
            limit: 20,
            others: own(others),
        };
        let tampered =
            |originally| Outcome::Tampered { originally: Box::new(originally) };
        let error = || Outcome::DidNotCompile { error: String::new() };
        for (expected, outcome) in [
            (4, Outcome::Passed),
            (2, failed("milestone_3_a_guest", &["milestone_4_the_end"])),
            (0, failed("milestone_3_a_guest", &["milestone_1_a_line"])),
            (4, failed("main", &[])),
            (0, failed("chat_server", &[])),
            (3, hung(Some("milestone_4_the_end"), &[])),
            (1, hung(Some("milestone_4_the_end"), &["milestone_2_a_name"])),
            (4, hung(None, &[])),
            (2, tampered(failed("milestone_3_a_guest", &[]))),
            (0, error()),
            (0, Outcome::NotStarted),
        ] {
            assert_eq!(passed(&outcome, 4), expected, "{outcome:?}");
        }
    }

    #[test]
    fn a_test_is_of_the_milestone_in_its_name() {
        assert_eq!(number("milestone_12_all_of_it"), Some(12));
        assert_eq!(number("a_milestone_1"), None);
        assert_eq!(number("milestone_one"), None);
    }
}
