//! The lesson `first` and its examples, as the shell sees them.

use witness::{example, printed};

/// The chapter's binary.
const BINARY: &str = env!("CARGO_BIN_EXE_chapter-03");

#[test]
fn the_first_program_prints_in_the_order_of_its_awaits() {
    let printed = printed(BINARY, &["first"]);
    let lines = [
        "both have begun",
        "the soup is ready",
        "the bread is ready",
        "after ",
    ];
    let lines_of = |text: &str| -> Vec<String> {
        let all = text.lines().map(str::to_owned);
        all.filter(|line| lines.iter().any(|known| line.starts_with(known)))
            .collect()
    };
    let printed = lines_of(&printed);
    assert!(
        printed.iter().zip(lines).all(|(line, known)| line.starts_with(known)),
        "{printed:?}"
    );
    let kept =
        lines_of(include_str!("../../../../docs/src/chapter-03/first.txt"));
    assert_eq!(printed[..3], kept[..3]);
    assert_eq!((printed.len(), kept.len()), (4, 4));
}

#[test]
fn what_tasks_have_not_done_when_main_ends_is_never_done() {
    // The task needs an hour, so the program has not waited for it.
    let kept =
        include_str!("../../../../docs/src/chapter-03/first-never-awaited.txt");
    assert_eq!(printed(example(BINARY, "never-awaited"), &[]), kept);
    assert!(!kept.contains("ready"));
}

#[test]
fn without_the_macro_a_runtime_is_built_by_hand() {
    assert_eq!(
        printed(example(BINARY, "without-the-macro"), &[]),
        "the soup is ready\n"
    );
}
