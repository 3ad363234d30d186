//! Whole programs: a lesson's file without its tests, with the dependencies it
//! needs, to be pasted into a new project. `book lists` writes each at the end
//! of its lesson's page.
//!
//! A program is what stands in a lesson's file under the anchor `program`, with
//! the files of the modules it declares.

use std::error::Error;
use std::fs;
use std::path::Path;

use lessons::Lesson;
use toml::{Table, Value};

use crate::{Chapter, sources};

/// No line of a listing is longer: a reader of the book would have to scroll.
pub const WIDTH: usize = 80;

/// The last heading of a page whose lesson is a whole program. All below it is
/// written by `book lists`.
pub const HEADING: &str = "\n## The whole program\n";

/// A lesson as a program of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The entries below `[dependencies]`, in the order of the alphabet. A long
    /// one has several lines.
    pub dependencies: Vec<String>,
    /// Its files in the new project (`src/main.rs` first), each with what a
    /// page includes.
    pub files: Vec<(String, String)>,
}

/// The program of a lesson, or `None` where its file marks none.
///
/// # Errors
///
/// If a file cannot be read, or a file of a module shows anchors and marks no
/// program.
pub fn program(
    chapter: &Chapter,
    lesson: &Lesson,
) -> Result<Option<Program>, Box<dyn Error>> {
    let source = chapter.source(lesson);
    let Some(text) = marked(&read(&source)?).map(str::to_owned) else {
        return Ok(None);
    };
    let module = lesson.module();
    let include = |path: &str, anchor: &str| {
        format!(
            "{{{{#include ../../../crates/{}/src/{path}{anchor}}}}}",
            chapter.package
        )
    };
    let mut files = vec![(
        "src/main.rs".to_owned(),
        include(&format!("{module}.rs"), ":program"),
    )];
    let mut all = text.clone();
    for name in modules(&text) {
        let part =
            read(&source.with_extension("").join(name).with_extension("rs"))?;
        let anchor = if marked(&part).is_some() { ":program" } else { "" };
        if anchor.is_empty() && part.contains("// ANCHOR") {
            return Err(format!(
                "{module}/{name}.rs shows anchors and marks no program"
            )
            .into());
        }
        files.push((
            format!("src/{name}.rs"),
            include(&format!("{module}/{name}.rs"), anchor),
        ));
        all.push_str(&part);
    }
    let folder = sources().join(chapter.package);
    let own: Table = read(&folder.join("Cargo.toml"))?.parse()?;
    let workspace: Table = read(&sources().join("../Cargo.toml"))?.parse()?;
    // Those for one system only stand in a table of their own.
    let systems =
        own.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = systems.map(|(_, system)| system.get("dependencies"));
    let tables = tables.chain([own.get("dependencies")]).flatten();
    let dependencies = tables.filter_map(Value::as_table).flatten();
    let known = &workspace["workspace"]["dependencies"];
    let mut lines = Vec::new();
    for (name, asked) in dependencies.filter(|(name, _)| names(&all, name)) {
        let version =
            known.get(name).ok_or_else(|| format!("no version of {name}"))?;
        lines.push(dependency(name, version, asked, &all));
    }
    lines.sort_unstable();
    Ok(Some(Program { dependencies: lines, files }))
}

fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

/// What stands under the anchor `program`.
fn marked(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("// ANCHOR: program\n")?;
    rest.split_once("// ANCHOR_END: program").map(|(program, _)| program)
}

/// The modules that a program declares in files of their own.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    })
}

/// Whether a program names something of this crate.
fn names(text: &str, name: &str) -> bool {
    let path = format!("{}::", name.replace('-', "_"));
    text.match_indices(&path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|letter| {
            letter.is_alphanumeric() || letter == '_' || letter == ':'
        })
    })
}

/// The entry of a dependency: its version, and the features that the program
/// needs.
fn dependency(
    name: &str,
    version: &Value,
    asked: &Value,
    text: &str,
) -> String {
    if let Some(path) = version.get("path").and_then(Value::as_str) {
        return format!("{name} = {{ path = \"../overlap/{path}\" }}");
    }
    let own = version
        .as_str()
        .or_else(|| version.get("version")?.as_str())
        .unwrap_or("*");
    let features = |value: &Value| -> Vec<String> {
        let list = value.get("features").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect()
    };
    let mut wanted = [features(version), features(asked)].concat();
    if name == "tokio" {
        wanted.retain(|feature| needs(text, feature));
    }
    if name == "dashmap" {
        // Its feature `rayon` brings `par_iter` to a map.
        wanted
            .retain(|feature| feature != "rayon" || text.contains("par_iter"));
    }
    wanted.sort_unstable();
    wanted.dedup();
    // Their default features are none (tokio), or those that are listed
    // (futures).
    let plain = ["tokio", "futures"].contains(&name)
        || version.get("default-features").and_then(Value::as_bool)
            != Some(false);
    if name == "futures" {
        wanted.clear();
    }
    if plain && wanted.is_empty() {
        return format!("{name} = \"{own}\"");
    }
    let none = if plain { "" } else { ", default-features = false" };
    let opening = format!("{name} = {{ version = \"{own}\"");
    let line = format!("{opening}{none}, features = {wanted:?} }}");
    if line.chars().count() <= WIDTH {
        return line;
    }
    // Only within an array may the lines of an inline table end.
    format!("{opening}, features = [\n{}]{none} }}", lines_of(&wanted))
}

/// The elements of an array, on as few lines as hold them.
fn lines_of(elements: &[String]) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for element in elements {
        let next = format!("{element:?},");
        if !line.is_empty() && INDENT.len() + line.len() + next.len() > WIDTH {
            text.push_str(&format!("{INDENT}{}\n", line.trim_end()));
            line.clear();
        }
        line.push_str(&format!("{next} "));
    }
    text + &format!("{INDENT}{}\n", line.trim_end())
}

const INDENT: &str = "    ";

/// Whether a program needs this feature of Tokio.
fn needs(text: &str, feature: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match feature {
        "macros" => has(&[
            "tokio::main",
            "tokio::join!",
            "tokio::try_join!",
            "tokio::select!",
        ]),
        "io-util" => has(&["tokio::io"]),
        "rt" | "rt-multi-thread" => true,
        "test-util" => has(&["start_paused", "time::pause", "advance("]),
        other => has(&[&format!("tokio::{other}")]),
    }
}

impl Program {
    /// What stands below [`HEADING`] on the lesson's page.
    pub fn section(&self) -> String {
        let mut text = String::from(
            "\n<details>\n<summary>To paste into a new project</summary>\n\n`Cargo.toml`:\n\n\
             ```toml\n[dependencies]\n",
        );
        for line in &self.dependencies {
            text.push_str(&format!("{line}\n"));
        }
        text.push_str("```\n");
        if self.dependencies.iter().any(|line| line.contains("path = ")) {
            text.push_str(
                "\nThe path leads to this course's repository, if it is \
                 cloned beside your project, under the name `overlap`.\n",
            );
        }
        for (name, include) in &self.files {
            text.push_str(&format!(
                "\n`{name}`:\n\n```rust,ignore\n{include}\n```\n"
            ));
        }
        text.push_str("\n</details>\n");
        text
    }

    /// The page with its last section made anew; or the page as it is, if it
    /// shows the program elsewhere.
    ///
    /// # Errors
    ///
    /// If the page has no place for it.
    pub fn on_page(&self, page: &str) -> Result<String, String> {
        match page.split_once(HEADING) {
            Some((before, _)) => {
                Ok(format!("{before}{HEADING}{}", self.section()))
            }
            None if self
                .files
                .iter()
                .all(|(_, include)| page.contains(include)) =>
            {
                Ok(page.to_owned())
            }
            None => {
                Err(format!("its last heading is not '{}'", HEADING.trim()))
            }
        }
    }
}

/// A program as its page shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What stands below `[dependencies]`.
    pub dependencies: Table,
    /// Each file's name in the new project, and its text with the includes
    /// resolved.
    pub files: Vec<(String, String)>,
}

/// The program that a page shows below [`HEADING`], or without that heading
/// anywhere: a chapter's first page begins with it. `None` if the page shows
/// none.
///
/// # Errors
///
/// If the page shows a program without its `Cargo.toml`, or includes a file
/// that cannot be read.
pub fn shown(page: &Path) -> Result<Option<Shown>, Box<dyn Error>> {
    let text = read(page)?;
    let section =
        text.split_once(HEADING).map_or(text.as_str(), |(_, section)| section);
    let block = |rest: &str, opening: &str| -> Option<String> {
        let (_, rest) = rest.split_once(opening)?;
        Some(rest.split_once("\n```\n")?.0.to_owned())
    };
    let mut files = Vec::new();
    for part in section.split("\n`src/").skip(1) {
        let name = part.split('`').next().unwrap_or_default();
        let include = block(part, "```rust,ignore\n")
            .ok_or("a file without a listing")?;
        files.push((format!("src/{name}"), resolved(page, &include)?));
    }
    if files.is_empty() {
        return Ok(None);
    }
    let (_, manifest) = section
        .split_once("```toml\n")
        .ok_or("a program without Cargo.toml")?;
    let manifest = manifest.split("```").next().unwrap_or_default();
    let manifest: Table = manifest.parse()?;
    let dependencies = manifest.get("dependencies").and_then(Value::as_table);
    let dependencies =
        dependencies.ok_or("a `Cargo.toml` without dependencies")?.clone();
    Ok(Some(Shown { dependencies, files }))
}

/// What mdBook puts in the place of an include of a file, or of an anchor's
/// lines.
fn resolved(page: &Path, include: &str) -> Result<String, Box<dyn Error>> {
    let target =
        include.trim_start_matches("{{#include ").trim_end_matches("}}");
    let (path, anchor) =
        target.split_once(':').map_or((target, None), |(p, a)| (p, Some(a)));
    let folder = page.parent().ok_or("a page stands in a folder")?;
    let text = read(&folder.join(path))?;
    let text = if anchor.is_some() {
        marked(&text).ok_or("no program")?
    } else {
        &text
    };
    let lines =
        text.lines().filter(|line| !line.trim_start().starts_with("// ANCHOR"));
    Ok(lines.map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_by_a_path_and_not_by_a_part_of_one() {
        assert!(
            names("use tokio::fs;", "tokio")
                && names("#[tokio::main]", "tokio")
        );
        assert!(names("let sum = rayon::join(a, b);", "rayon"));
        assert!(!names("use tokio_util::sync;", "tokio"));
        assert!(
            !names("mytokio::fs", "tokio")
                && !names("std::futures::x", "futures")
        );
        assert!(names("use tokio_util::sync;", "tokio-util"));
    }

    #[test]
    fn a_dependency_has_the_features_that_the_program_needs() {
        let version: Table =
            "t = { version = \"1.54\", default-features = false }"
                .parse()
                .unwrap();
        let asked: Table = "t = { features = [\"fs\", \"macros\", \"rt-multi-thread\", \"time\"] }"
            .parse()
            .unwrap();
        let program = "use tokio::time::sleep;\n#[tokio::main]";
        assert_eq!(
            dependency("tokio", &version["t"], &asked["t"], program),
            "tokio = { version = \"1.54\", features = [\"macros\", \"rt-multi-thread\", \"time\"] }"
        );
        let longer = dependency(
            "tokio",
            &version["t"],
            &asked["t"],
            &format!("{program}use tokio::fs;"),
        );
        assert_eq!(
            longer,
            "tokio = { version = \"1.54\", features = [\n    \
             \"fs\", \"macros\", \"rt-multi-thread\", \"time\",\n] }"
        );
        let read: Table = longer.parse().expect("it is TOML");
        let features = read["tokio"]["features"].as_array();
        assert_eq!(features.map(Vec::len), Some(4));
        let asked_for: Table =
            "t = { features = [\"rayon\"] }".parse().unwrap();
        let map = |program| {
            let version = Value::from("6.2");
            dependency("dashmap", &version, &asked_for["t"], program)
        };
        assert_eq!(map("map.iter()"), "dashmap = \"6.2\"");
        assert!(map("map.par_iter()").contains("[\"rayon\"]"));
        let path: Table = "t = { path = \"crates/timeline\" }".parse().unwrap();
        assert_eq!(
            dependency("timeline", &path["t"], &asked["t"], program),
            "timeline = { path = \"../overlap/crates/timeline\" }"
        );
    }

    #[test]
    fn a_list_of_features_goes_on_in_the_next_line() {
        let features: Vec<String> =
            (0..9).map(|nth| format!("feature-{nth}")).collect();
        let lines = lines_of(&features);
        assert!(lines.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert_eq!(lines.matches("\",").count(), features.len());
    }

    #[test]
    fn a_section_is_written_anew_below_its_heading() {
        let program = Program {
            dependencies: vec!["rayon = \"1.12\"".to_owned()],
            files: vec![(
                "src/main.rs".to_owned(),
                "{{#include sum.rs:program}}".to_owned(),
            )],
        };
        let page = "# Sum\n\nText.\n\n## The whole program\n\nold\n";
        let new = program.on_page(page).expect("the page has the heading");
        assert!(
            new.starts_with(
                "# Sum\n\nText.\n\n## The whole program\n\n<details>"
            ),
            "{new}"
        );
        assert!(
            new.contains("rayon = \"1.12\"") && !new.contains("old"),
            "{new}"
        );
        assert_eq!(program.on_page(&new), Ok(new.clone()), "a second time");
        assert!(program.on_page("# Sum\n\nText.\n").is_err());
        let opening = "# Sum\n\n```rust\n{{#include sum.rs:program}}\n```\n";
        assert_eq!(
            program.on_page(opening).as_deref(),
            Ok(opening),
            "shown already"
        );
    }

    #[test]
    fn only_what_is_marked_is_the_program() {
        let text = "//! Sum.\n\n// ANCHOR: program\nuse a;\nmod stage;\npub mod more;\n\
            // ANCHOR_END: program\n\n#[cfg(test)]\nmod tests;\n";
        let program = marked(text).expect("it is marked");
        assert_eq!(modules(program).collect::<Vec<_>>(), ["stage", "more"]);
        assert_eq!(marked("fn main() {}\n"), None);
    }
}
