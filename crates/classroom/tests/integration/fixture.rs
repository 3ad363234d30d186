//! A set of small exercises and a learner's answers to them, in a folder
//! outside of any repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The tests of every exercise: `answer() == 2`.
pub(crate) const TESTS: &str = "#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_two() {
        assert_eq!(answer(), 2, \"one and one\");
    }

    #[test]
    fn it_is_even() {
        assert!([0, 2, 4].contains(&answer()));
    }
}
";

/// An exercise's file with this body of `answer`.
pub(crate) fn file(body: &str) -> String {
    format!(
        "fn answer() -> u32 {{\n    {body}\n}}\n\nfn main() {{}}\n\n{TESTS}"
    )
}

pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// A set with these exercises, `name` and `limit` in seconds, as they are
    /// handed out: `todo!()`.
    pub(crate) fn new(exercises: &[(&str, u32)]) -> Self {
        let fixture =
            Fixture { folder: tempfile::tempdir().expect("there is room") };
        let mut info = "format_version = 1\n".to_owned();
        let mut bins = String::new();
        for (name, limit) in exercises {
            info += &format!(
                "[[exercises]]\nname = \"{name}\"\ndir = \"00_all\"\nminutes = 10\n\
                 limit = {limit}\nhint = \"\"\"one\n\ntwo\n\nthree\"\"\"\n"
            );
            let path = format!("00_all/{name}.rs");
            bins += &format!(
                "  {{ name = \"{name}\", path = \"exercises/{path}\" }},\n"
            );
            bins += &format!(
                "  {{ name = \"{name}_sol\", path = \"solutions/{path}\" }},\n"
            );
            fixture.write(&format!("set/exercises/{path}"), &file("todo!()"));
            fixture.write(&format!("set/solutions/{path}"), &file("1 + 1"));
        }
        let manifest = format!(
            "bin = [\n{bins}]\n\n[package]\nname = \"fixture\"\nedition = \"2024\"\n\n[workspace]\n"
        );
        fixture.write("set/Cargo.toml", &manifest);
        fixture.write("set/info.toml", &info);
        fixture.write("set/src/lib.rs", "");
        fixture.write("set/wrong/00_all/.keep", "");
        fs::remove_file(fixture.path("set/wrong/00_all/.keep"))
            .expect("it was just written");
        fixture.write("learner/exercises/README.md", "");
        fixture
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        let folder = path.parent().expect("a file has a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    /// The learner's answer to an exercise.
    pub(crate) fn answer(&self, name: &str, text: &str) {
        self.write(&format!("learner/exercises/00_all/{name}.rs"), text);
    }

    /// A wrong answer of the set.
    pub(crate) fn wrong(
        &self,
        name: &str,
        mistake: &str,
        expected: &str,
        body: &str,
    ) {
        let text = format!("// A mistake.\n{expected}\n\n{}", file(body));
        self.write(&format!("set/wrong/00_all/{name}/{mistake}.rs"), &text);
    }

    /// A teacher's notes, three right answers, and five wrong ones: three less
    /// than there must be.
    pub(crate) fn notes_and_answers(&self, name: &str) {
        self.write(
            &format!("set/notes/00_all/{name}.md"),
            "What goes wrong.\n",
        );
        for (style, body) in
            [("product", "1 * 2"), ("literal", "2"), ("half", "4 / 2")]
        {
            self.right(name, style, body);
        }
        for other in 5..10 {
            self.wrong(
                name,
                &format!("no_{other}"),
                "// => failed it_is_two",
                &other.to_string(),
            );
        }
    }

    /// Another right answer of the set.
    pub(crate) fn right(&self, name: &str, style: &str, body: &str) {
        self.write(&format!("set/right/00_all/{name}/{style}.rs"), &file(body));
    }

    /// The grader, on this set.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = classroom(arguments);
        command
            .arg("--set")
            .arg(self.path("set"))
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the grader runs")
    }
}

/// The grader, without what is set on this machine.
pub(crate) fn classroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_classroom"));
    command.args(arguments).env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    command.stdin(Stdio::null());
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_owned()).expect("the grader prints text")
}

/// An answer that starts a child, and one in a process group of its own, writes
/// their numbers and its own to a file, and never ends.
#[cfg(unix)]
pub(crate) fn hangs(pids: &Path) -> String {
    let body = format!(
        "use std::os::unix::process::CommandExt;
    let sleep = || {{ let mut it = std::process::Command::new(\"sleep\"); it.arg(\"1000\"); it }};
    let near = sleep().spawn().expect(\"sleep is there\");
    let far = sleep().process_group(0).spawn().expect(\"sleep is there\");
    let pids = format!(\"{{}} {{}} {{}}\\n\", std::process::id(), near.id(), far.id());
    // As a whole or not at all.
    let own = format!(\"{{}}.{{}}\", {pids:?}, near.id());
    std::fs::write(&own, pids).expect(\"it can be written\");
    std::fs::rename(&own, {pids:?}).expect(\"it can be renamed\");
    loop {{ std::thread::park() }}"
    );
    file(&body)
}

/// Waits until none of the processes in a file is there anymore. A test that
/// asserts how fast would fail on a busy machine; one that waits a minute fails
/// if they stay.
#[cfg(target_os = "linux")]
pub(crate) fn are_gone(pids: &Path) {
    let alive = |pid: &&str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    let start = Instant::now();
    let text =
        fs::read_to_string(pids).expect("the answer has written who they are");
    let pids: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(pids.len(), 3, "{text}");
    while let Some(pid) = pids.iter().find(|pid| alive(pid)) {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{pid} of {pids:?} is still there"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
