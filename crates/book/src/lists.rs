//! Lists of lessons: the tables on the chapters' first pages, with the count of
//! their exercises, the book's table of contents, and `docs/lessons.txt` for
//! `just lessons`; and on each lesson's page its place on the first path, and
//! the whole program. `book lists` writes them from what the chapters register.
//!
//! A page that is no lesson (`measured`, `patterns`, `bounds`) keeps its row,
//! written by hand, behind those of the lessons.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use lessons::Lesson;
use toml::{Table, Value};

use crate::{CHAPTERS, Chapter, HEADING, pages, program, sources};

/// A file that holds a list of lessons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The file.
    pub path: PathBuf,
    /// Its text as it stands there; empty if there is no such file.
    pub present: String,
    /// Its text with the list made anew.
    pub wanted: String,
}

/// Every file that holds a list of lessons.
///
/// # Errors
///
/// If a page cannot be read or has no place for its list.
pub fn lists() -> Result<Vec<List>, Box<dyn Error>> {
    let mut lists = Vec::new();
    let mut summary = read(&pages().join("SUMMARY.md"))?;
    let present = summary.clone();
    let set: Table = read(&sources().join("exercises/info.toml"))?.parse()?;
    for chapter in CHAPTERS {
        summary = contents(chapter, &summary)?;
        let path = pages().join(chapter.name).join("index.md");
        let page = read(&path)?;
        lists.push(List {
            wanted: table(chapter, &page, &exercises(chapter, &set)?)?,
            present: page,
            path,
        });
        for lesson in chapter.lessons {
            let path = chapter.file(lesson, "md");
            let present = read(&path)?;
            let with_program = match program(chapter, lesson)? {
                Some(program) => program.on_page(&present),
                None if present.contains(HEADING) => {
                    Err("the lesson marks no program".to_owned())
                }
                None => Ok(present.clone()),
            };
            let told = |error| format!("{}: {error}", path.display());
            let wanted = on_path(
                &with_program.map_err(told)?,
                &place(chapter, lesson, &set).map_err(told)?,
            );
            lists.push(List { wanted: wanted.map_err(told)?, present, path });
        }
    }
    lists.push(List {
        path: pages().join("SUMMARY.md"),
        present,
        wanted: summary,
    });
    let path = pages().join("index.md");
    let present = read(&path)?;
    lists.push(List { wanted: front(&present)?, present, path });
    let path = pages().join("../lessons.txt");
    let present = if path.exists() { read(&path)? } else { String::new() };
    lists.push(List { path, present, wanted: names() });
    Ok(lists)
}

fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

const HEAD: &str = "| lesson | title | minutes |\n|---|---|---|\n";

/// The beginning of the lines about a chapter's exercises.
const EXERCISES: &str = "This chapter has ";

/// How many minutes an exercise is meant to take, and whether it is a project.
fn exercise(set: &Table, name: &str) -> Result<(i64, bool), String> {
    let all = set.get("exercises").and_then(Value::as_array);
    let all = all.ok_or("info.toml lists no exercises")?;
    let is = |it: &&Value| it.get("name").and_then(Value::as_str) == Some(name);
    let found = all.iter().find(is);
    let found = found.ok_or_else(|| format!("info.toml has no {name}"))?;
    let folder = found.get("dir").and_then(Value::as_str);
    let minutes = found.get("minutes").and_then(Value::as_integer);
    let (folder, minutes) = folder
        .zip(minutes)
        .ok_or_else(|| format!("info.toml does not say all about {name}"))?;
    Ok((minutes, folder.ends_with("_projects")))
}

/// The lines about a chapter's exercises, from what its lessons name and in
/// which folders the set keeps them. None for an appendix without exercises.
fn exercises(chapter: &Chapter, set: &Table) -> Result<String, String> {
    let (mut short, mut projects) = (0, 0);
    for name in chapter.lessons.iter().flat_map(|it| it.practiced_by()) {
        match exercise(set, name)? {
            (_, true) => projects += 1,
            (_, false) => short += 1,
        }
    }
    if short + projects == 0 {
        return Ok(String::new());
    }
    let some = |count: u32, what: &str| match count {
        1 => format!("one {what}"),
        _ => format!("{count} {what}s"),
    };
    let mut told = some(short, "exercise");
    if projects > 0 {
        told.push_str(&format!(" and {}", some(projects, "project")));
    }
    Ok(format!(
        "{EXERCISES}{told}: programs with a part missing, and tests that show \
         whether your answer is right. `just exercise` opens them: \
         see [Exercises](../index.md#exercises).\n\n"
    ))
}

/// A chapter's first page with the table of its lessons made anew, and before
/// it the lines about its exercises.
fn table(
    chapter: &Chapter,
    page: &str,
    exercises: &str,
) -> Result<String, String> {
    let is_row =
        |line: &&str| line.starts_with("| [") && line.contains(".md) ");
    let rest = |line: &str| !line.starts_with('|');
    let before: String =
        page.split_inclusive('\n').take_while(|line| rest(line)).collect();
    let old: Vec<&str> = page[before.len()..]
        .split_inclusive('\n')
        .take_while(|line| !rest(line))
        .collect();
    let after = &page[before.len() + old.concat().len()..];
    if !old.iter().any(is_row) {
        return Err(format!(
            "{}/index.md does not begin with a table of lessons",
            chapter.name
        ));
    }
    let rows = chapter.lessons.iter().map(|lesson| {
        let (name, title, minutes) =
            (lesson.name(), lesson.title(), lesson.duration_minutes());
        let mark = if lesson.is_on_first_path() { " ●" } else { "" };
        format!("| [{name}]({name}.md){mark} | {title} | {minutes} |\n")
    });
    let kept = old.into_iter().filter(is_row).filter(|row| {
        page_of(row).is_some_and(|page| {
            chapter.has_other_page(page.trim_end_matches(".md"))
        })
    });
    let table: String = rows.chain(kept.map(str::to_owned)).collect();
    let paragraphs: String = before
        .split_inclusive("\n\n")
        .filter(|paragraph| !paragraph.starts_with(EXERCISES))
        .collect();
    Ok(format!("{paragraphs}{exercises}{HEAD}{table}{after}"))
}

/// The first path: its lessons in reading order, each with its chapter.
fn first_path() -> impl Iterator<Item = (&'static Chapter, &'static Lesson)> {
    let all = CHAPTERS.iter().flat_map(|chapter| {
        chapter.lessons.iter().map(move |it| (chapter, it))
    });
    all.filter(|(_, lesson)| lesson.is_on_first_path())
}

/// The head of the first path's table on the book's first page.
const PATH: &str =
    "| chapter | lessons, in this order | minutes |\n|---|---|---|\n";

/// The book's first page with the table of the first path made anew.
fn front(page: &str) -> Result<String, String> {
    let (before, rest) = page
        .split_once(PATH)
        .ok_or("index.md has no table of the first path")?;
    let old: usize = rest
        .split_inclusive('\n')
        .take_while(|line| line.starts_with('|'))
        .map(str::len)
        .sum();
    let mut table = String::new();
    for chapter in CHAPTERS {
        let own =
            chapter.lessons.iter().filter(|lesson| lesson.is_on_first_path());
        let name = chapter.name;
        let links: Vec<String> = own
            .clone()
            .map(|it| format!("[{}]({name}/{}.md)", label(it), it.name()))
            .collect();
        let minutes: u32 = own.map(Lesson::duration_minutes).sum();
        if !links.is_empty() {
            let links = links.join(", ");
            table.push_str(&format!(
                "| [{name}]({name}/index.md) | {links} | {minutes} |\n"
            ));
        }
    }
    Ok(format!("{before}{PATH}{table}{}", &rest[old..]))
}

/// The line below a page's heading: where its lesson stands on the first path,
/// and its exercises.
fn place(
    chapter: &Chapter,
    lesson: &Lesson,
    set: &Table,
) -> Result<String, String> {
    let is = |(its, one): &(&Chapter, &Lesson)| {
        its.name == chapter.name && one.name() == lesson.name()
    };
    let at = first_path().position(|one| is(&one));
    let mut text = match at {
        Some(at) => {
            format!("*First path, {} of {}.", at + 1, first_path().count())
        }
        None => "*Beyond the first path: for a second reading.".to_owned(),
    };
    if let Some((its, next)) = at.and_then(|at| first_path().nth(at + 1)) {
        // Every chapter has a lesson `first`: one elsewhere is told with its
        // chapter.
        let (said, folder) = if its.name == chapter.name {
            (String::new(), String::new())
        } else {
            (format!("{}, ", spoken(its)), format!("../{}/", its.name))
        };
        text.push_str(&format!(
            " Then: {said}[{}]({folder}{}.md).",
            label(next),
            next.name()
        ));
    }
    let told = |name: &&str| {
        let (minutes, is_project) = exercise(set, name)?;
        let kind = if is_project { "a project, " } else { "" };
        Ok(format!("`{name}` ({kind}{minutes} min)"))
    };
    let exercises: Result<Vec<String>, String> =
        lesson.practiced_by().iter().map(told).collect();
    match exercises?.as_slice() {
        [] => {}
        [one] => text.push_str(&format!(" Exercise: {one}.")),
        more => text.push_str(&format!(" Exercises: {}.", more.join(", "))),
    }
    Ok(text + "*")
}

/// A chapter's name in a sentence: `chapter 1` for `chapter-01`.
fn spoken(chapter: &Chapter) -> String {
    chapter.name.replace("-0", " ").replace('-', " ")
}

/// A page with the line below its heading made anew.
fn on_path(page: &str, place: &str) -> Result<String, String> {
    let (heading, rest) =
        page.split_once("\n\n").ok_or("a page begins with its heading")?;
    let is_place = |line: &str| {
        line.starts_with("*First path, ") || line.starts_with("*Beyond the ")
    };
    let old = rest.split_once("\n\n").filter(|(line, _)| is_place(line));
    let rest = old.map_or(rest, |(_, after)| after);
    Ok(format!("{heading}\n\n{place}\n\n{rest}"))
}

/// The table of contents with one chapter's lessons made anew.
fn contents(chapter: &Chapter, summary: &str) -> Result<String, String> {
    let name = chapter.name;
    let opening = format!("]({name}/index.md)\n");
    let Some((before, rest)) = summary.split_once(&opening) else {
        return Err(format!("{name}/index.md is not in SUMMARY.md"));
    };
    let own = format!("]({name}/");
    let old: Vec<&str> = rest
        .split_inclusive('\n')
        .take_while(|line| line.contains(&own))
        .collect();
    let after = &rest[old.concat().len()..];
    let lines = chapter.lessons.iter().map(|lesson| {
        let label = label(lesson);
        // The first path stands out in the sidebar.
        let mark = if lesson.is_on_first_path() { "● " } else { "" };
        format!("  - [{mark}{label}]({name}/{}.md)\n", lesson.name())
    });
    let kept = old.into_iter().filter(|line| {
        let page = page_of(line).and_then(|page| page.rsplit_once('/'));
        page.is_some_and(|(_, page)| {
            chapter.has_other_page(page.trim_end_matches(".md"))
        })
    });
    let contents: String = lines.chain(kept.map(str::to_owned)).collect();
    Ok(format!("{before}{opening}{contents}{after}"))
}

/// The page that a row or a line of the contents links to.
fn page_of(line: &str) -> Option<&str> {
    line.split_once("](")?.1.split_once(')').map(|(page, _)| page)
}

/// A lesson's label in the table of contents: `Async fn` for `async-fn`.
fn label(lesson: &Lesson) -> String {
    // Tokio is a name; the other names of lessons are common words.
    let name = lesson.name().replace('-', " ").replace("tokio", "Tokio");
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The chapters by the names of their binaries, each with its lessons and their
/// titles.
fn names() -> String {
    let mut text = String::new();
    for chapter in CHAPTERS {
        let width = chapter
            .lessons
            .iter()
            .map(|lesson| lesson.name().len())
            .max()
            .unwrap_or(0);
        text.push_str(&format!("{}\n", chapter.name));
        for lesson in chapter.lessons {
            text.push_str(&format!(
                "  {:width$}  {}\n",
                lesson.name(),
                lesson.title()
            ));
        }
    }
    text
}

impl Chapter {
    /// Whether a page of this name stands in the chapter's folder and is no
    /// lesson's.
    fn has_other_page(&self, name: &str) -> bool {
        self.lessons.iter().all(|lesson| lesson.name() != name)
            && pages().join(self.name).join(name).with_extension("md").is_file()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter() -> Chapter {
        const LESSONS: &[Lesson] = &[
            Lesson::new("one-lock", "One lock is enough", || Ok(()))
                .minutes(20),
            Lesson::new("entry", "One locked step loses nothing", || Ok(()))
                .minutes(15),
        ];
        Chapter {
            name: "chapter-05",
            package: "chapter-05-dashmap",
            lessons: LESSONS,
        }
    }

    #[test]
    fn a_table_is_made_anew_and_keeps_the_rows_of_other_pages() {
        let page = "# Chapter\n\nText.\n\n| page | shows | minutes |\n|---|---|---|\n\
            | [entry](entry.md) | old | 20 |\n| [gone](gone.md) | no page | 20 |\n\
            | [measured](measured.md) | counting, measured | 5 |\n\nAfterwards you can\n";
        let exercises = "This chapter has 3 exercises.\n\n";
        let expected = "# Chapter\n\nText.\n\nThis chapter has 3 exercises.\n\n\
            | lesson | title | minutes |\n|---|---|---|\n\
            | [one-lock](one-lock.md) | One lock is enough | 20 |\n\
            | [entry](entry.md) | One locked step loses nothing | 15 |\n\
            | [measured](measured.md) | counting, measured | 5 |\n\nAfterwards you can\n";
        let made = |page: &str| table(&chapter(), page, exercises);
        assert_eq!(made(page).as_deref(), Ok(expected));
        assert_eq!(made(expected).as_deref(), Ok(expected), "a second time");
        let more = expected.replace("has 3", "has 4");
        assert_eq!(made(&more).as_deref(), Ok(expected), "one fewer");
        assert!(made("# Chapter\n\nText.\n").is_err());
    }

    #[test]
    fn a_chapters_first_page_counts_exercises_and_projects() {
        const LESSONS: &[Lesson] =
            &[Lesson::new("fold", "One accumulator per piece", || Ok(()))
                .exercises(&["storm_record", "log_book"])];
        let chapter = Chapter { lessons: LESSONS, ..chapter() };
        let set: Table = "exercises = [\
            { name = \"storm_record\", dir = \"04_rayon\", minutes = 15 },\
            { name = \"log_book\", dir = \"07_projects\", minutes = 150 },\
        ]"
        .parse()
        .expect("it is TOML");
        let told = exercises(&chapter, &set).expect("the set has both");
        let opening = "This chapter has one exercise and one project: ";
        assert!(told.starts_with(opening), "{told}");
        assert_eq!(exercise(&set, "log_book"), Ok((150, true)));
        assert!(exercise(&set, "gone").is_err());
        let none = Chapter { lessons: &[], ..chapter };
        assert_eq!(exercises(&none, &set).as_deref(), Ok(""));
        let gone: Table = "exercises = []".parse().expect("it is TOML");
        assert!(exercises(&chapter, &gone).is_err());
    }

    #[test]
    fn a_page_says_where_it_stands_on_the_first_path() {
        let page = "# Sum\n\nText.\n\nMore.\n";
        let told =
            on_path(page, "*First path, 3 of 30.*").expect("it has a heading");
        assert_eq!(told, "# Sum\n\n*First path, 3 of 30.*\n\nText.\n\nMore.\n");
        let moved = on_path(&told, "*Beyond the first path.*")
            .expect("it has a heading");
        assert_eq!(
            moved,
            "# Sum\n\n*Beyond the first path.*\n\nText.\n\nMore.\n"
        );
        assert!(on_path("# Sum\n", "*First path, 3 of 30.*").is_err());
    }

    #[test]
    fn the_next_lesson_is_told_with_its_chapter_if_that_is_another() {
        let set: Table = read(&sources().join("exercises/info.toml"))
            .expect("the set is there")
            .parse()
            .expect("it is TOML");
        let path: Vec<_> = first_path().collect();
        let mut changes = 0;
        for pair in path.windows(2) {
            let [(chapter, lesson), (its, next)] = pair else {
                unreachable!("windows of two")
            };
            let told = place(chapter, lesson, &set).expect("it has its place");
            let label = label(next);
            let said = if chapter.name == its.name {
                format!(" Then: [{label}](")
            } else {
                changes += 1;
                format!(" Then: {}, [{label}](../{}/", spoken(its), its.name)
            };
            assert!(told.contains(&said), "{told}");
        }
        assert!(changes > 0, "the path stays in one chapter");
    }

    #[test]
    fn the_first_page_lists_the_first_path_once() {
        let page = format!(
            "# Overlap\n\n{PATH}| [gone](gone.md) | gone | 5 |\n\nMore.\n"
        );
        let made = front(&page).expect("it has the table");
        assert!(
            made.ends_with("\n\nMore.\n") && !made.contains("gone"),
            "{made}"
        );
        assert_eq!(front(&made).as_deref(), Ok(made.as_str()), "a second time");
        assert!(front("# Overlap\n").is_err());
    }

    #[test]
    fn the_contents_follow_the_order_of_the_lessons() {
        let summary = "- [A](chapter-04/index.md)\n  - [Sum](chapter-04/sum.md)\n\
            - [B](chapter-05/index.md)\n  - [entry, of old](chapter-05/entry.md)\n\
            \u{20} - [What was measured](chapter-05/measured.md)\n\n[For teachers](teaching.md)\n";
        let expected = "- [A](chapter-04/index.md)\n  - [Sum](chapter-04/sum.md)\n\
            - [B](chapter-05/index.md)\n  - [One lock](chapter-05/one-lock.md)\n\
            \u{20} - [Entry](chapter-05/entry.md)\n\
            \u{20} - [What was measured](chapter-05/measured.md)\n\n[For teachers](teaching.md)\n";
        assert_eq!(contents(&chapter(), summary).as_deref(), Ok(expected));
        assert_eq!(
            contents(&chapter(), expected).as_deref(),
            Ok(expected),
            "a second time"
        );
        assert!(contents(&chapter(), "[For teachers](teaching.md)\n").is_err());
    }
}
