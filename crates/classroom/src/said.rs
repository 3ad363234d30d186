//! What a test program has said: which tests failed, and why.

use crate::process::Ended;

/// The tests that a program lists.
pub(crate) fn listed(stdout: &str) -> Vec<String> {
    stdout
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// The tests that failed, in the order of `names`, each with its message.
pub(crate) fn failures(
    stdout: &str,
    names: &[String],
) -> Vec<(String, String)> {
    // The last list names every failed test. A test has a section above it only
    // if it said something: one whose panic came from a thread that another
    // test began has said nothing.
    let list = stdout.rsplit_once("\nfailures:\n").map_or("", |(_, list)| list);
    let failed =
        |name: &&String| list.lines().any(|line| line.trim() == name.as_str());
    let message = |name: &String| {
        let section =
            stdout.split_once(&format!("\n---- {name} stdout ----\n"));
        let section = section.map_or("", |(_, section)| section);
        let section = section.split("\n---- ").next().unwrap_or(section);
        let section = section.split("\nfailures:\n").next().unwrap_or(section);
        (short(name).to_owned(), reason(section, name))
    };
    names.iter().filter(failed).map(message).collect()
}

/// A failed test's message, without its place: the last panic of a thread that
/// has the test's name. That is the test itself, or what it runs within a
/// limit. Other threads may panic on purpose, and programs print what they
/// like. If no such thread has panicked, it is the last panic there is.
pub(crate) fn reason(section: &str, test: &str) -> String {
    let said = panics(section);
    let own = said.iter().rev().find(|(thread, _)| thread == test);
    let others =
        || said.iter().rev().find(|(thread, _)| !thread.contains("tests::"));
    match own.or_else(others) {
        Some((_, words)) if !words.is_empty() => explained(words),
        Some(_) => "it panicked".to_owned(),
        None => {
            let first =
                section.split("\n\n").find(|part| !part.trim().is_empty());
            let words = first.unwrap_or_default().trim();
            if words.is_empty() {
                "it panicked".to_owned()
            } else {
                words.to_owned()
            }
        }
    }
}

/// The panics that a program has reported: each with its thread's name and its
/// words.
fn panics(text: &str) -> Vec<(String, String)> {
    let mut panics: Vec<(String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        // Where it panicked is a line of the tests, which the learner has; the
        // words come next.
        let begins = line
            .strip_prefix("thread '")
            .and_then(|rest| rest.split_once("' "));
        if let Some((thread, rest)) = begins
            && rest.contains("panicked at ")
        {
            panics.push((thread.to_owned(), Vec::new()));
            open = true;
        } else if line.starts_with("note: ")
            || line.starts_with("stack backtrace")
            || line.is_empty()
        {
            open = false;
        } else if open && let Some((_, words)) = panics.last_mut() {
            words.push(stable(line));
        }
    }
    panics
        .into_iter()
        .map(|(thread, words)| (thread, words.join("\n").trim().to_owned()))
        .collect()
}

/// The words of a panic, with a word before those that a learner cannot know.
fn explained(words: &str) -> String {
    if words.starts_with("deadlock; threads =") {
        return "deadlock: in one of the orders that loom tries, each thread waits for another"
            .to_owned();
    }
    words.to_owned()
}

/// Why a program ended before its tests did, from what it wrote to its second
/// output.
pub(crate) fn last_words(ended: &Ended, stderr: &str) -> String {
    let how = match ended {
        Ended::Exit(status) => format!("the program ended with {status}"),
        Ended::Killed => "the program was ended".to_owned(),
    };
    let panics = panics(stderr);
    // The first panic is the cause: those behind it come of what it left half
    // done.
    let first =
        panics.iter().map(|(_, words)| words).find(|words| !words.is_empty());
    match first {
        Some(words) => format!("{}\n{how}", explained(words)),
        None => {
            let line = stderr.lines().find(|line| !line.trim().is_empty());
            line.map_or(how.clone(), |line| format!("{how}: {}", stable(line)))
        }
    }
}

/// A line without what differs from run to run: the thread's number.
fn stable(line: &str) -> String {
    match line
        .split_once("' (")
        .and_then(|(name, rest)| Some((name, rest.split_once(')')?.1)))
    {
        Some((name, rest)) if name.starts_with("thread '") => {
            format!("{name}'{rest}")
        }
        _ => line.to_owned(),
    }
}

/// A test's name without its modules.
pub(crate) fn short(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_come_in_the_order_of_the_file_with_their_words() {
        let stdout = "\nrunning 3 tests\ntest tests::one ... FAILED\ntest tests::two ... FAILED\n\
            test tests::six ... ok\n\nfailures:\n\n\
            ---- tests::one stdout ----\n\nthread 'tests::one' (4711) panicked at a.rs:9:5:\nno\n\n\n\
            ---- tests::two stdout ----\n\nthread 'tests::two' (4712) panicked at a.rs:9:5:\n\
            assertion `left == right` failed: they took turns\n  left: 1\n right: 2\n\
            note: run with `RUST_BACKTRACE=1`\n\n\nfailures:\n    tests::mute\n    tests::one\n    tests::two\n";
        let names = ["tests::two", "tests::one", "tests::six", "tests::mute"]
            .map(str::to_owned);
        let words = "assertion `left == right` failed: they took turns\n  left: 1\n right: 2";
        let expected = [("two", words), ("one", "no"), ("mute", "it panicked")]
            .map(|(name, words)| (name.to_owned(), words.to_owned()));
        assert_eq!(failures(stdout, &names), expected);
        assert_eq!(
            listed("tests::a: test\nb: test\n\n2 tests, 0 benchmarks\n"),
            ["tests::a", "b"]
        );
    }

    #[test]
    fn the_reason_is_the_last_panic_of_the_tests_own_thread() {
        let section = "a program's print\n\n\
            thread 'tests::one' (7) panicked at a.rs:1:1:\nthe first of two\n\
            thread '<unnamed>' (8) panicked at a.rs:2:1:\nburnt on purpose\n\
            note: run with `RUST_BACKTRACE=1`\n\n\
            thread 'tests::one' (7) panicked at a.rs:3:1:\nassertion failed\n  left: 1\n\n\
            thread 'worker' (9) panicked at a.rs:4:1:\nafterward\n\nprinted, too\n";
        assert_eq!(
            reason(section, "tests::one"),
            "assertion failed\n  left: 1"
        );
        assert_eq!(
            reason(section, "tests::other"),
            "afterward",
            "nobody else has said anything"
        );
        assert_eq!(reason("", "tests::one"), "it panicked");
        let ended = Ended::Killed;
        let stderr = "thread 'tests::one' (7) panicked at l.rs:1:1:\ndeadlock; threads = [(Id(0), 1)]\n\n";
        assert!(
            last_words(&ended, stderr)
                .starts_with("deadlock: in one of the orders")
        );
    }

    #[test]
    fn a_threads_number_is_left_out() {
        assert_eq!(
            stable("thread 'main' (712) has overflowed"),
            "thread 'main' has overflowed"
        );
        assert_eq!(stable("it's (712) here"), "it's (712) here");
    }
}
