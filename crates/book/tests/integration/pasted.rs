//! The whole programs of the pages, and the timeline's examples, in a new
//! project outside of the workspace: they build there, offline, and print what
//! the pages show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use book::{CHAPTERS, Shown, pages, shown};
use toml::{Table, Value};

/// One lesson a chapter that draws the same rows in every run.
const SAME_ROWS: [&str; 6] = [
    "chapter-00/overlap",
    "chapter-01/lazy",
    "chapter-02/async-fn",
    "chapter-03/select",
    "chapter-04/scope",
    "chapter-05/one-lock",
];

const EXAMPLES: [&str; 4] =
    ["with_tokio", "with_rayon", "with_threads", "all_three"];

/// How long a pasted program may run. Lessons take less than three seconds.
const PATIENT: Duration = Duration::from_secs(120);

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Writes only what is new, so that nothing is built again without a reason.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("it can be made");
        fs::write(path, text).expect("the new project can be written");
    }
}

/// The whole programs, by chapter and lesson.
fn programs() -> BTreeMap<String, Shown> {
    let mut programs = BTreeMap::new();
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let page = chapter.file(lesson, "md");
            let name = format!("{}/{}", chapter.name, lesson.name());
            let program =
                shown(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
            if let Some(program) = program {
                programs.insert(name, program);
            }
        }
    }
    programs
}

/// The dependencies of all programs: each with every feature that one of them
/// asks for.
fn united<'a>(all: impl Iterator<Item = &'a Table>, root: &Path) -> Table {
    let mut united = Table::new();
    for (name, asked) in all.flatten() {
        let mut asked = match asked {
            Value::String(version) => Table::from_iter([(
                "version".to_owned(),
                version.clone().into(),
            )]),
            Value::Table(table) => table.clone(),
            other => panic!("{name} = {other:?}"),
        };
        if let Some(path) = asked.get("path").and_then(Value::as_str) {
            let own = path.trim_start_matches("../overlap");
            asked.insert(
                "path".to_owned(),
                format!("{}{own}", root.display()).into(),
            );
        }
        let known =
            united.entry(name).or_insert_with(|| Value::Table(asked.clone()));
        let known = known.as_table_mut().expect("only tables were put in");
        let features = |table: &Table| -> BTreeSet<String> {
            let list = table
                .get("features")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            list.filter_map(|feature| Some(feature.as_str()?.to_owned()))
                .collect()
        };
        let both: Vec<Value> = features(known)
            .union(&features(&asked))
            .cloned()
            .map(Value::from)
            .collect();
        if !both.is_empty() {
            known.insert("features".to_owned(), both.into());
        }
        let others = |table: &Table| {
            let mut table = table.clone();
            table.remove("features");
            table
        };
        assert_eq!(
            others(known),
            others(&asked),
            "two pages say different things about {name}"
        );
    }
    united
}

/// A picture's heading, and the labels of its rows in order of the alphabet:
/// what is the same in every run. The lengths are not, nor is the order in
/// which threads begin.
fn pictures(output: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut before = "";
    for line in output.lines() {
        if let Some((label, _)) = line.split_once('│') {
            if !before.contains('│') {
                found.push((before.to_owned(), Vec::new()));
            }
            found
                .last_mut()
                .expect("a picture has begun")
                .1
                .push(label.trim().to_owned());
        }
        before = line;
    }
    for (_, labels) in &mut found {
        labels.sort_unstable();
    }
    found
}

/// A line's words, without figures, addresses, units and bars: what two runs
/// have in common.
fn words(line: &str) -> String {
    let label = line.split('│').next().unwrap_or_default();
    let without_addresses =
        label.split_whitespace().filter(|word| !word.starts_with("0x"));
    let letters = without_addresses
        .flat_map(|word| word.split(|letter: char| !letter.is_alphabetic()));
    let words = letters.filter(|word| {
        !["", "ns", "µs", "ms", "s", "MiB", "KiB"].contains(word)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Which lines of an output have words that the page's output has in no line.
fn strange<'a>(output: &'a str, page: &str) -> Vec<&'a str> {
    let known: BTreeSet<String> = page.lines().map(words).collect();
    output.lines().filter(|line| !known.contains(&words(line))).collect()
}

/// What a program prints on its output and says on its error output. `None` if
/// it says that a server is missing, which is not a part of this workspace.
fn run(program: &Path, name: &str) -> Option<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [printed, said] =
        ["printed", "said"].map(|name| folder.path().join(name));
    let file = |path: &Path| {
        fs::File::create(path).expect("the folder can be written")
    };
    let mut child =
        Command::new(program.with_extension(std::env::consts::EXE_EXTENSION))
            .env("COLUMNS", "76")
            .env("NO_COLOR", "1")
            .env("RUST_BACKTRACE", "0")
            .env("OVERLAP_PICTURES", folder.path())
            .stdin(Stdio::null())
            .stdout(file(&printed))
            .stderr(file(&said))
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break status;
        }
        if start.elapsed() > PATIENT {
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            panic!("{name}: did not end");
        }
        thread::sleep(Duration::from_millis(10));
    };
    let (printed, said) = (read(&printed), read(&said));
    let missing = "error: nats-server is not installed: ";
    if status.code() == Some(2) && said.starts_with(missing) {
        assert!(said.lines().count() == 1 && printed.is_empty(), "{said}");
        eprintln!("{name} is left out: {said}");
        return None;
    }
    assert!(
        status.success() && !said.contains("timeline: "),
        "{name}: {status}\n{printed}\n{said}"
    );
    Some((printed, said))
}

#[test]
fn every_whole_program_runs_in_a_new_project_and_prints_what_its_page_shows() {
    let root =
        pages().join("../..").canonicalize().expect("the workspace has a path");
    let project = root.join("target/pasted");
    let bins = project.join("src/bin");
    let programs = programs();
    for chapter in CHAPTERS {
        let own = programs.keys().filter(|name| name.starts_with(chapter.name));
        assert!(own.count() > 0, "{} has no whole program", chapter.name);
    }
    let mut manifest = Table::new();
    let package = "name = \"pasted\"\nedition = \"2024\"\npublish = false\n";
    manifest.insert("workspace".to_owned(), Table::new().into());
    manifest.insert(
        "package".to_owned(),
        Value::Table(package.parse().expect("it is TOML")),
    );
    let asked = programs.values().map(|program| &program.dependencies);
    let dependencies = united(asked, &root);
    manifest.insert("dependencies".to_owned(), dependencies.into());
    let profile = "[dev]\ndebug = false\nincremental = false\n";
    manifest.insert(
        "profile".to_owned(),
        Value::Table(profile.parse().expect("it is TOML")),
    );
    write(&project.join("Cargo.toml"), &manifest.to_string());
    fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock"))
        .expect("it can be copied");

    // A program that no page shows any more would be built again and again.
    let mut wanted = BTreeSet::new();
    let mut outputs: Vec<(String, Option<PathBuf>)> = Vec::new();
    for (name, program) in &programs {
        let bin = name.replace('/', "-");
        for (file, text) in &program.files {
            let file = file.trim_start_matches("src/");
            write(&bins.join(&bin).join(file), text);
        }
        wanted.insert(bin);
        outputs.push((
            name.clone(),
            Some(pages().join(name).with_extension("txt")),
        ));
    }
    for example in EXAMPLES {
        let source =
            read(&root.join(format!("crates/timeline/examples/{example}.rs")));
        write(&bins.join(example).join("main.rs"), &source);
        wanted.insert(example.to_owned());
        outputs.push((example.to_owned(), None));
    }
    for entry in fs::read_dir(&bins).expect("it was written") {
        let path = entry.expect("it can be read").path();
        let name = path
            .file_name()
            .expect("an entry has a name")
            .to_string_lossy()
            .into_owned();
        if !wanted.contains(&name) {
            let gone = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            gone.expect("it can be removed");
        }
    }

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--offline", "--quiet", "--bins"])
        .env("CARGO_TARGET_DIR", project.join("target"))
        .current_dir(&project)
        .output()
        .expect("cargo can be started");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );

    let mut faults = String::new();
    for (name, page) in outputs {
        let program = project.join("target/debug").join(name.replace('/', "-"));
        let Some((printed, _)) = run(&program, &name) else { continue };
        let drawn = pictures(&printed);
        let Some(page) = page else {
            assert!(
                drawn.len() == 1 && drawn[0].1.len() >= 2,
                "{name}: {printed}"
            );
            continue;
        };
        let page = read(&page);
        if SAME_ROWS.contains(&name.as_str()) {
            assert_eq!(drawn, pictures(&page), "{name}");
        }
        // Which line is printed may depend on who came first; most do not.
        let strange = strange(&printed, &page);
        if printed.trim().is_empty()
            || strange.len() * 4 > printed.lines().count()
        {
            let _ = writeln!(
                faults,
                "{name}: its page does not show\n{}\n",
                strange.join("\n")
            );
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn two_runs_have_their_words_in_common_and_another_program_has_not() {
    let page = "interleaved on one thread\n  count job=1 │0██░░ │   30 ms\nafter 301 ms\n";
    assert!(
        strange("after 12 µs\n  count job=2 │░░█ │ 9 ms\n", page).is_empty()
    );
    assert_eq!(strange("after 12 µs\nno luck\n", page), ["no luck"]);
}
