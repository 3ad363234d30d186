//! The command line.

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use compare::arms::{self, Group, Limits};
use compare::comparisons::{ALL, Comparison};
use compare::{ours, show, tools};

/// Runs the same work in several languages and ways, in turn, and compares
///
/// Each arm runs in a process of its own, once a round. All must compute the
/// same. The least time of each counts; the first arm of a table runs twice, as
/// the control: where its two times are more than 5 % apart, the machine is too
/// busy to tell.
///
/// Exit codes: 0 if all is well, 1 if an arm failed or computed something else,
/// 2 if the command line is wrong.
#[derive(Parser)]
#[command(
    name = "compare",
    after_help = "What other languages need is installed by: just compare-tools"
)]
struct Arguments {
    /// Comparisons to run [default: all of them]
    #[arg(value_name = "NAME", value_parser = known)]
    names: Vec<String>,
    /// Rounds; in each, every arm runs once [default: by comparison, 3 to 7]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Print every run as JSON
    #[arg(long)]
    json: bool,
    /// Write the tables and charts into the book, in at most eight minutes
    #[arg(long, conflicts_with = "json")]
    capture: bool,
    /// List the comparisons
    #[arg(long)]
    list: bool,
}

fn known(name: &str) -> Result<String, String> {
    if ALL.iter().any(|comparison| comparison.name == name) {
        return Ok(name.to_owned());
    }
    let names: Vec<&str> =
        ALL.iter().map(|comparison| comparison.name).collect();
    Err(format!("there are: {}", names.join(", ")))
}

/// The time that a capture may take as a whole.
const CAPTURE: Duration = Duration::from_secs(440);

/// The longest that one run of an arm may take.
const EACH: Duration = Duration::from_secs(90);

pub(crate) fn main() -> ExitCode {
    let line: Vec<String> = std::env::args().collect();
    // The runner's own arms, in a process of their own.
    if let [_, arm, name, rest @ ..] = &line[..]
        && arm == "arm"
    {
        return match ours::run(name, rest) {
            Ok(line) => match say(&format!("{line}\n")) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failure(&error),
            },
            Err(error) => failure(&*error),
        };
    }
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failure(&*error),
    }
}

fn failure(error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Returns whether no arm failed.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    if arguments.list {
        for comparison in ALL {
            say(&format!("{:10} {}\n", comparison.name, comparison.title))?;
        }
        return Ok(true);
    }
    let wanted = |it: &&Comparison| {
        arguments.names.is_empty()
            || arguments.names.iter().any(|name| name == it.name)
    };
    let chosen: Vec<&Comparison> = ALL.iter().filter(wanted).collect();
    let deadline = arguments.capture.then(|| Instant::now() + CAPTURE);
    let (mut all_well, mut reports) = (true, Vec::new());
    if arguments.capture {
        fs::create_dir_all(pages())?;
        fs::write(pages().join("machine.txt"), machine())?;
    }
    for (nth, comparison) in chosen.iter().enumerate() {
        if nth > 0 && !arguments.json {
            say("\n")?;
        }
        if !arguments.json {
            say(&format!("{}: {}\n", comparison.name, comparison.title))?;
        }
        // Of the time that is left, a part as large as its share of the work
        // that is left.
        let left: u64 = chosen[nth..].iter().map(|it| it.seconds).sum();
        let until = deadline.map(|deadline| {
            let rest = deadline.saturating_duration_since(Instant::now());
            Instant::now()
                + rest.mul_f64(comparison.seconds as f64 / left as f64)
        });
        let groups = match measure(comparison, arguments, until) {
            Ok(groups) => groups,
            // One that cannot be prepared does not keep the others from being
            // captured.
            Err(error) if chosen.len() > 1 => {
                eprintln!("error: {}: {error}", comparison.name);
                all_well = false;
                continue;
            }
            Err(error) => return Err(error),
        };
        all_well &= groups.iter().all(|group| group.failed().count() == 0);
        if arguments.json {
            reports.push(show::json(comparison.name, &groups));
            continue;
        }
        let table = show::table(&groups, comparison.columns);
        say(&table)?;
        if arguments.capture {
            let page = pages().join(comparison.name);
            fs::write(page.with_extension("txt"), &table)?;
            let chart =
                show::chart(comparison.title, &groups, comparison.columns);
            fs::write(page.with_extension("svg"), chart)?;
        }
    }
    if arguments.json {
        say(&format!("{}\n", serde_json::to_string_pretty(&reports)?))?;
    }
    Ok(all_well)
}

fn measure(
    comparison: &Comparison,
    arguments: &Arguments,
    until: Option<Instant>,
) -> Result<Vec<Group>, Box<dyn Error>> {
    let prepared = comparison.prepare()?;
    let rounds = arguments.rounds.map_or(comparison.rounds, usize::from);
    let terminal = io::stderr().is_terminal();
    let groups = arms::run(
        prepared.arms,
        Limits { rounds, each: EACH, until },
        |name| {
            if terminal {
                eprint!("\r\x1b[2K  {name} ");
            }
        },
    );
    if terminal {
        eprint!("\r\x1b[2K");
    }
    Ok(groups)
}

/// Where the book's pages on comparisons stand.
fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/compare")
}

/// The machine and the tools, a line each.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor =
        processor.lines().find_map(|line| line.strip_prefix("model name"));
    let processor = processor
        .map_or("unknown", |name| name.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let memory: u64 = memory
        .and_then(|it| it.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0);
    let mut text = format!("processor  {processor}, {cores} cores\n");
    text.push_str(&format!("memory     {} GiB\n", memory.div_ceil(1 << 20)));
    let tools = [
        ("Rust", "rustc", "--version"),
        ("Go", "go", "version"),
        ("Python", "python3", "--version"),
        ("C++", "g++", "--version"),
        ("Node.js", "node", "--version"),
        ("curl", "curl", "--version"),
    ];
    for (name, tool, argument) in tools {
        let version = tools::version(tool, argument)
            .unwrap_or_else(|| "not installed".to_owned());
        text.push_str(&format!("{name:10} {version}\n"));
    }
    text
}

/// Prints. Who closed the pipe wants no more: that is no error.
fn say(text: &str) -> io::Result<()> {
    match io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            std::process::exit(0)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
        assert!(
            Arguments::try_parse_from(["compare", "eager", "--rounds", "2"])
                .is_ok()
        );
        let refused =
            [vec!["compare", "egaer"], vec!["compare", "--rounds", "0"]];
        assert!(
            refused.iter().all(|line| Arguments::try_parse_from(line).is_err())
        );
    }
}
