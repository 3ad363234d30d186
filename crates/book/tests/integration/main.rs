//! Every page stands on code that compiles and on output that was captured.

mod captures;
mod copies;
mod pasted;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use book::{
    CHAPTERS, LONGEST, MEDIAN, WIDTH, lengths, lists, median, pages, refused,
    shown, sources,
};

fn markdown(folder: &Path) -> Vec<PathBuf> {
    files(folder, "md")
}

/// The files with this extension in a folder and those below it.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The `{{#include …}}` targets of a page.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("{{#").filter_map(|(at, _)| {
        let (directive, _) = text[at + 3..].split_once("}}")?;
        Some(directive.split_once(char::is_whitespace)?.1.trim())
    })
}

/// The fault of an include, or `None`. mdBook itself leaves out a missing
/// anchor without a word, and an anchor that is not closed runs to the end of
/// the file.
fn broken(page: &Path, include: &str) -> Option<String> {
    let (path, anchor) =
        include.split_once(':').map_or((include, None), |(p, a)| (p, Some(a)));
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
    assert!(
        seen > 0,
        "the book includes nothing: this test looks in the wrong place"
    );
}

/// The lines of a page's listings, each with the file it stands in. An include
/// counts as what it shows; captured outputs (`.txt`) are no listings.
fn listed(page: &Path) -> Vec<(PathBuf, String)> {
    let mut listed = Vec::new();
    let mut in_block = false;
    for line in read(page).lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if in_block && includes(line).next().is_none() {
            listed.push((page.to_owned(), line.to_owned()));
        }
        for include in includes(line).filter(|_| in_block) {
            let (path, anchor) = include
                .split_once(':')
                .map_or((include, None), |(path, anchor)| (path, Some(anchor)));
            if !path.ends_with(".txt") {
                let file = page.with_file_name(path);
                let lines = shown_of(&read(&file), anchor).into_iter();
                listed.extend(lines.map(|line| (file.clone(), line)));
            }
        }
    }
    listed
}

/// The lines of a file that an include shows: all, or those of an anchor.
fn shown_of(text: &str, anchor: Option<&str>) -> Vec<String> {
    let mark = |mark: &str| anchor.map(|it| format!("// {mark}: {it}"));
    let (opens, closes) = (mark("ANCHOR"), mark("ANCHOR_END"));
    let mut inside = anchor.is_none();
    let mut shown = Vec::new();
    for line in text.lines() {
        let trimmed = Some(line.trim());
        if trimmed == opens.as_deref() {
            inside = true;
        } else if trimmed == closes.as_deref() {
            inside = false;
        } else if inside && !line.trim_start().starts_with("// ANCHOR") {
            shown.push(line.to_owned());
        }
    }
    shown
}

/// The columns that a line takes. A tab takes four, as `overlap.css` says.
fn columns(line: &str) -> usize {
    line.chars().map(|it| if it == '\t' { 4 } else { 1 }).sum()
}

#[test]
fn no_listing_on_a_page_has_to_be_scrolled() {
    let mut wide = BTreeSet::new();
    let mut seen = 0;
    for page in markdown(&pages()) {
        for (file, line) in listed(&page) {
            seen += 1;
            if columns(&line) > WIDTH {
                wide.insert(format!("{}: {line}", file.display()));
            }
        }
    }
    let wide: Vec<String> = wide.into_iter().collect();
    assert!(
        wide.is_empty(),
        "{} lines have more than {WIDTH} columns:\n{}",
        wide.len(),
        wide.join("\n")
    );
    assert!(seen > 1000, "{seen} lines: this test looks in the wrong place");
}

#[test]
fn a_listing_is_what_its_anchor_encloses() {
    let text = "a\n    // ANCHOR: one\nb\n// ANCHOR: one_more\nc\n\
                // ANCHOR_END: one_more\nd\n    // ANCHOR_END: one\ne\n";
    let shown = |anchor| shown_of(text, anchor);
    assert_eq!(shown(None), ["a", "b", "c", "d", "e"]);
    assert_eq!(shown(Some("one")), ["b", "c", "d"]);
    assert_eq!(shown(Some("one_more")), ["c"]);
    assert_eq!(columns("\t— ö"), 7);
}

#[test]
fn a_broken_include_is_seen() {
    let page = pages().join("chapter-00/overlap.md");
    let source = "../../../crates/chapter-00-threads/src/overlap.rs";
    assert_eq!(broken(&page, &format!("{source}:parallel")), None);
    assert!(broken(&page, &format!("{source}:no-such-anchor")).is_some());
    assert!(broken(&page, "no-such-file.rs").is_some());
}

/// The names in a source's `ANCHOR: NAME` comments.
fn anchors(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        Some(line.trim_start().strip_prefix("// ANCHOR: ")?.trim_end())
    })
}

#[test]
fn every_anchor_is_shown_on_a_page() {
    let mut shown = BTreeSet::new();
    for page in markdown(&pages()) {
        let folder = page.parent().expect("a page has a folder");
        let text = read(&page);
        for (path, anchor) in
            includes(&text).filter_map(|include| include.split_once(':'))
        {
            // A path that leads nowhere fails another test.
            if let Ok(path) = folder.join(path).canonicalize() {
                shown.insert((path, anchor.to_owned()));
            }
        }
    }
    let mut dead = Vec::new();
    for source in files(&sources(), "rs") {
        let source = source.canonicalize().expect("it was found");
        for anchor in anchors(&read(&source)) {
            if !shown.contains(&(source.clone(), anchor.to_owned())) {
                dead.push(format!("{}: {anchor}", source.display()));
            }
        }
    }
    assert!(
        !shown.is_empty(),
        "no page shows an anchor: this test looks in the wrong place"
    );
    assert!(
        dead.is_empty(),
        "{} anchors are on no page:\n{}",
        dead.len(),
        dead.join("\n")
    );
}

#[test]
fn a_lessons_title_is_its_pages_heading_and_its_files_first_sentence() {
    let mut different = Vec::new();
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let page = read(&chapter.file(lesson, "md"));
            let source = read(&chapter.source(lesson));
            // Marks of code are typography: a terminal shows none.
            let plain = |text: &str| text.replace('`', "");
            let first =
                |text: &str| text.lines().next().unwrap_or_default().to_owned();
            let heading = plain(first(&page).trim_start_matches("# "));
            // A long title takes two lines.
            let lines: Vec<&str> = source
                .lines()
                .map_while(|line| line.strip_prefix("//! "))
                .collect();
            let sentence = plain(lines.join(" ").trim_end_matches('.'));
            let title = plain(lesson.title());
            if heading != title || sentence != title {
                let name = format!("{}/{}", chapter.name, lesson.name());
                different.push(format!(
                    "{name}\n  title    {title}\n  heading  {heading}\n  \
                     file     {sentence}"
                ));
            }
        }
    }
    let count = different.len();
    assert!(
        different.is_empty(),
        "{count} lessons have two titles:\n{}",
        different.join("\n")
    );
}

#[test]
fn the_lists_of_lessons_are_those_that_the_chapters_register() {
    let old: Vec<String> = lists()
        .expect("every list has its place")
        .into_iter()
        .filter(|list| list.present != list.wanted)
        .map(|list| list.path.display().to_string())
        .collect();
    assert!(
        old.is_empty(),
        "write these anew with: just lists\n{}",
        old.join("\n")
    );
}

#[test]
fn a_chapters_first_page_counts_the_lines_of_its_first_program() {
    let mut counted = 0;
    for chapter in CHAPTERS {
        let page = read(&pages().join(chapter.name).join("index.md"));
        let Some((_, rest)) = page.split_once("a whole program of ") else {
            continue;
        };
        let said = rest.split(' ').next().unwrap_or_default();
        let first = chapter.lessons.first().expect("a chapter has lessons");
        let program = shown(&chapter.file(first, "md"))
            .expect("its page can be read")
            .expect("its page shows a whole program");
        let (_, main) = &program.files[0];
        assert_eq!(said, main.lines().count().to_string(), "{}", chapter.name);
        counted += 1;
    }
    assert!(counted > 0, "no page does: this test looks in the wrong place");
}

#[test]
fn the_readme_names_each_chapters_first_lesson() {
    let readme = read(&pages().join("../../README.md"));
    for chapter in CHAPTERS {
        let first =
            chapter.lessons.first().expect("a chapter has lessons").name();
        let row = format!("| `{}` |", chapter.name);
        let rows = readme.lines().filter(|line| line.starts_with(&row));
        let right = rows
            .filter(|line| line.ends_with(&format!("| `{first}` |")))
            .count();
        assert_eq!(right, 1, "README.md: a row '{row} … | `{first}` |'");
    }
}

#[test]
fn what_a_lesson_comes_after_stands_before_it() {
    let mut before = BTreeSet::new();
    let mut names = BTreeSet::new();
    for chapter in CHAPTERS {
        names.extend(
            chapter
                .lessons
                .iter()
                .map(|it| format!("{}/{}", chapter.name, it.name())),
        );
    }
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let own = format!("{}/{}", chapter.name, lesson.name());
            for after in lesson.prerequisites() {
                let after = match after.contains('/') {
                    true => (*after).to_owned(),
                    false => format!("{}/{after}", chapter.name),
                };
                assert!(
                    names.contains(&after),
                    "{own} comes after {after}, which is no lesson"
                );
                assert!(
                    before.contains(&after),
                    "{own} comes after {after}, and stands before it"
                );
            }
            assert!(lesson.duration_minutes() > 0, "{own} says no minutes");
            before.insert(own);
        }
    }
}

/// The lessons of each half-day of a course, as `course.toml` lists them.
fn course(days: &str) -> Vec<String> {
    let list = read(&pages().join("../../crates/classroom/course.toml"));
    let quoted = |half: &str| -> Vec<String> {
        let lessons =
            half.split_once("lessons = [").map_or("", |(_, rest)| rest);
        let lessons = lessons.split(']').next().unwrap_or("");
        lessons.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    list.split("[[")
        .filter(|half| half.starts_with(days))
        .flat_map(quoted)
        .collect()
}

#[test]
fn a_course_has_what_its_lessons_come_after() {
    for days in ["one-day]]", "three-days]]"] {
        let course = course(days);
        assert!(course.len() > 10, "{days} {course:?}");
        for (place, id) in course.iter().enumerate() {
            let (chapter, name) =
                id.split_once('/').expect("a chapter and a lesson");
            let lessons = CHAPTERS
                .iter()
                .find(|it| it.name == chapter)
                .map(|it| it.lessons);
            let lesson =
                lessons.unwrap_or(&[]).iter().find(|it| it.name() == name);
            for after in lesson.map_or(&[][..], |lesson| lesson.prerequisites())
            {
                let after = match after.contains('/') {
                    true => (*after).to_owned(),
                    false => format!("{chapter}/{after}"),
                };
                assert!(
                    course[..place].contains(&after),
                    "{days} {id} comes after {after}"
                );
            }
        }
    }
}

#[test]
fn a_lesson_names_the_exercises_that_practice_it() {
    let list = read(&pages().join("../../crates/classroom/course.toml"));
    let (_, practices) =
        list.split_once("[practices]\n").expect("it says what practices what");
    let planned: BTreeSet<(String, String)> = practices
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(exercise, lesson)| {
            (lesson.trim_matches('"').to_owned(), exercise.to_owned())
        })
        .collect();
    let mut registered = BTreeSet::new();
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let id = format!("{}/{}", chapter.name, lesson.name());
            let own = lesson.practiced_by().iter();
            registered.extend(
                own.map(|exercise| (id.clone(), (*exercise).to_owned())),
            );
        }
    }
    assert_eq!(registered, planned);
}

#[test]
fn the_longer_course_has_the_whole_first_path() {
    let course = course("three-days]]");
    for chapter in CHAPTERS {
        for lesson in
            chapter.lessons.iter().filter(|lesson| lesson.is_on_first_path())
        {
            let id = format!("{}/{}", chapter.name, lesson.name());
            assert!(
                course.contains(&id),
                "{id} is on the first path and in no half-day"
            );
        }
    }
}

#[test]
fn a_lesson_is_short_enough_to_be_read_at_one_go() {
    let lengths = lengths().expect("the lessons can be read");
    let long: Vec<String> = lengths
        .iter()
        .filter(|length| length.lines > LONGEST)
        .map(|length| format!("{}: {} lines", length.lesson, length.lines))
        .collect();
    assert!(
        long.is_empty(),
        "more than {LONGEST} lines (just lengths):\n{}",
        long.join("\n")
    );
    let median = median(&lengths);
    assert!(
        median <= MEDIAN,
        "the median lesson has {median} lines, not {MEDIAN} (just lengths)"
    );
}

#[test]
fn every_lesson_has_its_page_and_the_page_shows_its_run() {
    let summary = read(&pages().join("SUMMARY.md"));
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let page = chapter.file(lesson, "md");
            let text = read(&page);
            let name = format!("{}/{}", chapter.name, lesson.name());
            assert!(
                summary.contains(&format!("{name}.md")),
                "{name} is not in SUMMARY.md"
            );
            let output = format!("{{{{#include {}.txt", lesson.name());
            assert!(
                text.contains(&output),
                "{name} does not show what the lesson prints"
            );
            let command =
                format!("just run {} {}", chapter.name, lesson.name());
            assert!(
                text.contains(&command),
                "{name} does not say how to run the lesson"
            );
            assert!(
                read(&chapter.file(lesson, "txt")).lines().count() > 1,
                "{name}: no output"
            );
        }
    }
}

/// The part of a page from this heading to the next.
fn part<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n{heading}\n"))?;
    rest.split("\n## ").next()
}

/// How many questions a page has to try, and how many answers; both 0 if it
/// has no such part.
fn questions_and_answers(page: &str) -> (usize, usize) {
    let part = part(page, "## Try this").unwrap_or_default();
    let questions = part
        .lines()
        .filter(|line| line.starts_with(|it: char| it.is_ascii_digit()))
        .count();
    (questions, part.matches("<summary>Answer</summary>").count())
}

#[test]
fn every_lesson_has_something_to_try() {
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let page = read(&chapter.file(lesson, "md"));
            let (questions, _) = questions_and_answers(&page);
            let name = format!("{}/{}", chapter.name, lesson.name());
            assert!(questions > 0, "{name} has nothing to try");
        }
    }
}

#[test]
fn what_a_page_asks_has_its_answer() {
    for page in markdown(&pages()) {
        let (questions, answers) = questions_and_answers(&read(&page));
        assert_eq!(answers, questions, "{}: answers", page.display());
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read(&pages().join("SUMMARY.md"));
    let linked: BTreeSet<&str> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    for page in markdown(&pages()) {
        let page = page
            .strip_prefix(pages())
            .expect("pages stand in the book")
            .to_owned();
        let page =
            page.to_str().expect("page names are plain").replace('\\', "/");
        assert!(
            page == "SUMMARY.md" || linked.contains(page.as_str()),
            "{page} is in no chapter"
        );
    }
}

#[test]
fn every_link_within_the_book_leads_to_a_file() {
    for page in markdown(&pages()) {
        let text = read(&page);
        let links =
            text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let file = link.split('#').next().unwrap_or_default();
            let folder = page.parent().expect("a page has a folder");
            let known =
                [".md", ".png", ".svg"].iter().any(|kind| file.ends_with(kind));
            // A link within its own page has no file.
            let found =
                file.is_empty() || (known && folder.join(file).is_file());
            // mdBook makes `index.html` of a README and leaves the links to it
            // as they are.
            assert!(
                found && !file.ends_with("README.md"),
                "{}: {link}",
                page.display()
            );
        }
    }
}

/// What a link to a heading has behind its `#`, as mdBook names it.
fn fragment(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim();
    // Of a link in a heading, only its text counts.
    let parts = text.split("](").enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.split_once(')').map_or("", |(_, rest)| rest),
    });
    let letters = parts.collect::<String>().to_lowercase();
    let kept = letters
        .chars()
        .filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

#[test]
fn every_link_to_a_part_of_a_page_leads_to_a_heading_or_an_id() {
    let mut seen = 0;
    for page in markdown(&pages()) {
        let text = read(&page);
        let links =
            text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let within = links.filter(|link| !link.contains("://"));
        for (file, part) in within.filter_map(|link| link.split_once('#')) {
            seen += 1;
            let other = page.with_file_name(file);
            let target =
                if file.is_empty() { text.clone() } else { read(&other) };
            let mut headings =
                target.lines().filter(|line| line.starts_with('#'));
            // The glossary's words are no headings: they say their id.
            assert!(
                headings.any(|it| fragment(it) == part)
                    || target.contains(&format!("id=\"{part}\"")),
                "{}: {file}#{part}",
                page.display()
            );
        }
    }
    assert!(
        seen > 0,
        "no page links to a part of a page: this test looks in the wrong place"
    );
    assert_eq!(
        fragment("## `select!`, and *more* of [it](it.md)"),
        "select-and-more-of-it"
    );
}

/// The words of the glossary, each with the id of its entry.
fn glossary() -> Vec<(String, String)> {
    let page = read(&pages().join("guide/glossary.md"));
    let rows = page.lines().filter(|line| line.starts_with("| "));
    // The table's head has no id.
    rows.skip(1)
        .map(|row| {
            let entry = row
                .strip_prefix("| <dfn id=\"")
                .and_then(|rest| rest.split_once("</dfn> | "))
                .and_then(|(entry, _)| entry.split_once("\">"));
            let (id, word) = entry
                .unwrap_or_else(|| panic!("an entry without an id: {row}"));
            (word.to_owned(), id.to_owned())
        })
        .collect()
}

#[test]
fn every_word_of_the_glossary_is_linked_from_a_page() {
    let words = glossary();
    assert!(words.len() > 10, "{words:?}");
    assert!(words.is_sorted(), "not in the order of the alphabet: {words:?}");
    for (word, id) in &words {
        assert_eq!(*id, word.replace(' ', "-"), "the id of '{word}'");
    }
    let mut linked = BTreeSet::new();
    for page in markdown(&pages()) {
        let text = read(&page);
        for rest in text.split("/glossary.md#").skip(1) {
            let id = rest.split(')').next().unwrap_or_default().to_owned();
            assert!(
                words.iter().any(|(_, known)| *known == id),
                "{}: the glossary has no '{id}'",
                page.display()
            );
            linked.insert(id);
        }
    }
    let missing: Vec<&str> = words
        .iter()
        .filter(|(_, id)| !linked.contains(id))
        .map(|(word, _)| word.as_str())
        .collect();
    assert!(missing.is_empty(), "no page links to {missing:?}");
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
    assert!(
        !programs.is_empty(),
        "no lesson has one: this test looks in the wrong place"
    );
    let questions = read(&pages().join("guide/questions.md"));
    for program in programs {
        let verdict = program.compile().expect("rustc runs");
        let name = format!(
            "{}/{}: {:?}",
            program.chapter, program.lesson, program.code
        );
        assert!(
            program.expects(&verdict),
            "{name}, but rustc says\n{}",
            verdict.message
        );
        let page = read(
            &pages()
                .join(program.chapter)
                .join(format!("{}.md", program.lesson)),
        );
        let file = program.file();
        let included = format!(
            "{{{{#include {}",
            file.file_name().expect("named").display()
        );
        assert!(
            page.contains(&included),
            "{name}: its page does not show the message"
        );
        let kept = read(&file);
        let code = program.code.as_deref().unwrap_or_default();
        assert!(kept.contains(code), "{name}: capture the message anew");
        // So that the book's search leads from an error code to its lesson.
        assert!(questions.contains(code), "{name} is not among the questions");
    }
}

#[test]
fn no_captured_output_names_a_folder_of_one_machine() {
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let repository = pages().canonicalize().expect("the book is there");
    let repository = repository
        .ancestors()
        .nth(2)
        .expect("the book stands in the repository");
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let text = read(&chapter.file(lesson, "txt"));
            let path = chapter.file(lesson, "txt");
            assert!(
                !text.contains(&*repository.to_string_lossy()),
                "{}",
                path.display()
            );
            assert!(
                !home.as_ref().is_some_and(|home| text.contains(home)),
                "{}",
                path.display()
            );
        }
    }
}
