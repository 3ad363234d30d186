//! Every page stands on code that compiles and on output that was captured.

mod pasted;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use book::{CHAPTERS, pages, refused};

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the book's folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The `{{#include …}}` targets of a page.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("{{#").filter_map(|(at, _)| {
        let (directive, _) = text[at + 3..].split_once("}}")?;
        Some(directive.split_once(char::is_whitespace)?.1.trim())
    })
}

/// What is wrong with an include, or `None`. mdBook itself leaves out a missing anchor without a
/// word, and an anchor that is not closed runs to the end of the file.
fn broken(page: &Path, include: &str) -> Option<String> {
    let (path, anchor) = include.split_once(':').map_or((include, None), |(p, a)| (p, Some(a)));
    let file = page.parent().expect("a page has a folder").join(path);
    let Ok(text) = fs::read_to_string(&file) else {
        return Some(format!("there is no file {path}"));
    };
    let anchor = anchor?;
    let marks = |mark: &str| {
        let mark = format!("{mark}: {anchor}");
        text.lines().filter(|line| line.trim_end().ends_with(&mark)).count()
    };
    let (starts, ends) = (marks("ANCHOR"), marks("ANCHOR_END"));
    (starts != 1 || ends != 1)
        .then(|| format!("{path} opens anchor {anchor} {starts} times and closes it {ends} times"))
}

#[test]
fn every_include_resolves() {
    let mut problems = Vec::new();
    let mut seen = 0;
    for page in markdown(&pages()) {
        for include in includes(&read(&page)) {
            seen += 1;
            if let Some(problem) = broken(&page, include) {
                problems.push(format!("{}: {problem}", page.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(seen > 0, "the book includes nothing: this test looks in the wrong place");
}

#[test]
fn a_broken_include_is_seen() {
    let page = pages().join("chapter-00/overlap.md");
    let source = "../../../crates/chapter-00-threads/src/overlap.rs";
    assert_eq!(broken(&page, &format!("{source}:parallel")), None);
    assert!(broken(&page, &format!("{source}:no-such-anchor")).is_some());
    assert!(broken(&page, "no-such-file.rs").is_some());
}

#[test]
fn every_lesson_has_its_page_and_the_page_shows_its_run() {
    let summary = read(&pages().join("SUMMARY.md"));
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let page = chapter.file(lesson, "md");
            let text = read(&page);
            let name = format!("{}/{}", chapter.name, lesson.name());
            assert!(summary.contains(&format!("{name}.md")), "{name} is not in SUMMARY.md");
            let output = format!("{{{{#include {}.txt", lesson.name());
            assert!(text.contains(&output), "{name} does not show what the lesson prints");
            let command = format!("just run {} {}", chapter.name, lesson.name());
            assert!(text.contains(&command), "{name} does not say how to run the lesson");
            assert!(read(&chapter.file(lesson, "txt")).lines().count() > 1, "{name}: no output");
        }
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read(&pages().join("SUMMARY.md"));
    let linked: BTreeSet<&str> =
        summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    for page in markdown(&pages()) {
        let page = page.strip_prefix(pages()).expect("pages stand in the book").to_owned();
        let page = page.to_str().expect("page names are plain").replace('\\', "/");
        assert!(page == "SUMMARY.md" || linked.contains(page.as_str()), "{page} is in no chapter");
    }
}

#[test]
fn every_link_within_the_book_leads_to_a_file() {
    for page in markdown(&pages()) {
        let text = read(&page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let file = link.split('#').next().unwrap_or_default();
            let folder = page.parent().expect("a page has a folder");
            let known = [".md", ".png", ".svg"].iter().any(|kind| file.ends_with(kind));
            // A link within its own page has no file.
            let found = file.is_empty() || (known && folder.join(file).is_file());
            // mdBook makes `index.html` of a README and leaves the links to it as they are.
            assert!(found && !file.ends_with("README.md"), "{}: {link}", page.display());
        }
    }
}

#[test]
fn no_page_holds_rust_that_was_pasted() {
    for page in markdown(&pages()) {
        let text = read(&page);
        for block in text.split("```rust").skip(1) {
            let body = block.split("```").next().unwrap_or_default();
            let lines = body.lines().skip(1).count();
            assert!(
                lines <= 2 || body.contains("{{#"),
                "{}: {lines} lines of Rust that nothing compiles:\n{body}",
                page.display(),
            );
        }
    }
}

#[test]
fn every_program_that_must_not_compile_is_refused_for_its_reason() {
    let programs = refused().expect("the lessons can be read");
    assert!(!programs.is_empty(), "no lesson has one: this test looks in the wrong place");
    for program in programs {
        let verdict = program.compile().expect("rustc runs");
        let name = format!("{}/{}: {:?}", program.chapter, program.lesson, program.code);
        assert!(program.expects(&verdict), "{name}, but rustc says\n{}", verdict.message);
        let page = read(&pages().join(program.chapter).join(format!("{}.md", program.lesson)));
        let file = program.file();
        let included = format!("{{{{#include {}", file.file_name().expect("named").display());
        assert!(page.contains(&included), "{name}: its page does not show the message");
        let kept = read(&file);
        let code = program.code.as_deref().unwrap_or_default();
        assert!(kept.contains(code), "{name}: capture the message anew");
    }
}

#[test]
fn no_captured_output_names_a_folder_of_one_machine() {
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let repository = pages().canonicalize().expect("the book is there");
    let repository = repository.ancestors().nth(2).expect("the book stands in the repository");
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let text = read(&chapter.file(lesson, "txt"));
            let path = chapter.file(lesson, "txt");
            assert!(!text.contains(&*repository.to_string_lossy()), "{}", path.display());
            assert!(!home.as_ref().is_some_and(|home| text.contains(home)), "{}", path.display());
        }
    }
}
