//! The page to play with: its model against what the lessons recorded, and its
//! controls.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::checks::strings;
use crate::chromium::{Chromium, address};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) const PAGE: &str = "guide/play.html";
/// What the page shows without JavaScript.
const PICTURE: &str = "overlapPicture('Tokio and Rayon, with a bound', \
    { jobs: 8, wait: 40, compute: 10, cores: 2, bound: 4 }, 640, 110).outerHTML";

/// How far the model may be from a recorded time: a tenth, or what a timer may
/// be late. Tokio's counts whole milliseconds and rounds up.
fn agrees(model: f64, recorded: f64) -> bool {
    (model - recorded).abs() <= f64::max(recorded * 0.1, 2.0)
}

/// Returns what is wrong, each with its page.
pub(crate) fn check(
    browser: &mut Chromium,
    book: &Path,
) -> Outcome<Vec<(String, String)>> {
    browser.open(&address(&book.join(PAGE)))?;
    let mut found = Vec::new();
    let runs = runs()?;
    for Run { name, settings, recorded } in &runs {
        let model = length(browser, settings)?;
        if !agrees(model, *recorded) {
            found.push(format!("the model says {model:.1} ms, recorded are {recorded} ms: {name}"));
        }
    }
    let settings = settings_of_all_kinds();
    for one in &settings {
        let length = length(browser, one)?;
        if let Some(wrong) = breaks_a_bound(one, length) {
            found.push(format!("{length} ms: {wrong}, with {one}"));
        }
    }
    println!(
        "the model agrees with {} recorded runs, or it is told below",
        runs.len()
    );

    let kept = fs::read_to_string(pages().join("guide/play.svg"))?;
    let drawn = browser.evaluate(PICTURE)?;
    let drawn = drawn.as_str().unwrap_or_default().replace("><", ">\n<");
    if kept.trim_end() != drawn {
        let new = std::env::temp_dir().join("play.svg");
        fs::write(&new, format!("{drawn}\n"))?;
        found.push(format!(
            "docs/src/guide/play.svg is not what the page draws: {}",
            new.display()
        ));
    }
    let mut found: Vec<_> =
        found.into_iter().map(|one| (PAGE.to_owned(), one)).collect();
    for page in [
        PAGE,
        "chapter-00/overlap.html",
        "chapter-03/blocking.html",
        "chapter-06/backpressure.html",
        "chapter-06/limit.html",
    ] {
        browser.open(&address(&book.join(page)))?;
        found.extend(
            controls(browser)?.into_iter().map(|one| (page.to_owned(), one)),
        );
    }
    Ok(found)
}

fn length(browser: &mut Chromium, settings: &Value) -> Outcome<f64> {
    let length =
        browser.evaluate(&format!("overlapModel({settings}).length"))?;
    length
        .as_f64()
        .ok_or_else(|| format!("the model says nothing of {settings}").into())
}

/// Moves every slider with an arrow key, and chooses a tool: what is drawn must
/// follow.
fn controls(browser: &mut Chromium) -> Outcome<Vec<String>> {
    let mut wrong = Vec::new();
    let state = "[...document.querySelectorAll('.play .said, .play svg title, .play output')] \
        .map((one) => one.textContent).join()";
    for at in 0..6 {
        let focused = browser.evaluate(&format!(
            "(() => {{ const all = document.querySelectorAll('.play input[type=range], \
             .play input:checked'); all[{at}]?.focus(); return all.length; }})()"
        ))?;
        if focused != json!(6) {
            wrong.push(format!(
                "the page has {focused} things to play with, not 6"
            ));
            break;
        }
        let before = browser.evaluate(state)?;
        browser.press("ArrowRight", 39)?;
        if browser.evaluate(state)? == before {
            wrong.push(format!("an arrow key does nothing at control {at}"));
        }
    }
    let rows = browser.evaluate(
        "[...document.querySelectorAll('.play svg text')] \
         .filter((one) => one.textContent.startsWith('job ')).map((one) => one.textContent)",
    )?;
    let jobs = browser
        .evaluate("document.querySelector('.play input')?.valueAsNumber")?;
    if json!(strings(&rows).len()) != jobs {
        wrong.push(format!(
            "{} rows are drawn for {jobs} jobs",
            strings(&rows).len()
        ));
    }
    Ok(wrong)
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

/// A run of a lesson, as the model is asked for it and as it was recorded.
struct Run {
    name: String,
    settings: Value,
    recorded: f64,
}

/// The runs that the book shows. All times are milliseconds.
fn runs() -> Outcome<Vec<Run>> {
    let mut runs = Vec::new();
    let mut run = |name: &str, settings: Value, recorded: f64| {
        runs.push(Run { name: name.into(), settings, recorded });
    };
    let waits = |waits: &[f64], limit: usize| json!({ "jobs": waits.len(), "wait": waits, "compute": 0, "limit": limit, "threads": 1 });
    let computes = |computes: &[f64], limit: usize, threads: usize| {
        json!({ "jobs": computes.len(), "wait": 0, "compute": computes, "limit": limit,
            "threads": threads })
    };

    let overlap = timelines("chapter-00/overlap.txt")?;
    let alone = &overlap[0].figures;
    run("overlap, one after another", computes(alone, 1, 1), overlap[0].length);
    run("overlap, interleaved", computes(alone, 2, 1), overlap[1].length);
    run("overlap, on two threads", computes(alone, 2, 2), overlap[2].length);

    let letters = [50.0, 10.0, 20.0, 40.0, 15.0];
    let combinators = timelines("chapter-01/combinators.txt")?;
    run("combinators, in a loop", waits(&letters, 1), combinators[0].length);
    run("combinators, all at once", waits(&letters, 5), combinators[1].length);
    run("combinators, at most two", waits(&letters, 2), combinators[2].length);

    let join = timelines("chapter-03/join.txt")?;
    run("join, three waits", waits(&[20.0, 60.0, 40.0], 3), join[0].length);
    run(
        "join, computing on one thread",
        computes(&join[2].figures, 2, 1),
        join[1].length,
    );
    run(
        "join, computing on two threads",
        computes(&join[2].figures, 2, 2),
        join[2].length,
    );

    let limits = timelines("chapter-03/limits.txt")?;
    let pages = [30.0, 10.0, 20.0].repeat(3);
    run("limits, all at once", waits(&pages, 9), limits[0].length);
    run("limits, three permits", waits(&pages, 3), limits[1].length);

    // A job, and a tick that is due four milliseconds later.
    let blocked = figures("chapter-03/blocking.txt", "  blocked ")?[0];
    let job = json!({ "jobs": 2, "wait": [0, 4], "compute": [50, 0], "limit": 2, "threads": 1 });
    run("blocking, the gap", job, blocked);

    // Each row: the jobs and what each waits. What a job computes, its first
    // arm tells.
    for (row, jobs, wait) in [
        ("waiting", 10.0, 8.0),
        ("compute", 32.0, 0.0),
        ("waiting, compute", 12.0, 8.0),
        ("waiting, a little", 12.0, 8.0),
    ] {
        let [one_by_one, tasks, blocking, rayon, pipeline] =
            figures("chapter-06/workloads.txt", &format!("  {row} "))?[..]
        else {
            return Err(
                format!("workloads.txt has no five arms for {row}").into()
            );
        };
        let compute = (one_by_one / jobs - wait).max(0.0);
        for (tool, limit, threads, recorded) in [
            ("one by one", 1, 1, one_by_one),
            ("tasks", 64, 2, tasks),
            ("spawn_blocking", 64, 2, blocking),
            ("Rayon", 2, 2, rayon),
            ("pipeline", 64, 2, pipeline),
        ] {
            let settings = json!({ "jobs": jobs, "wait": wait, "compute": compute,
                "limit": limit, "threads": threads });
            run(&format!("workloads, {row}, {tool}"), settings, recorded);
        }
    }

    // The requests cost processor time, too, and the server runs on the same
    // cores.
    let program = figures("chapter-06/limit.txt", "  the program ")?[0];
    let processor = figures("chapter-06/limit.txt", "  processor time ")?[0];
    let settings = json!({ "jobs": 1772, "wait": 20, "compute": processor / 1772.0,
        "limit": 64, "threads": 2 });
    run("limit, the program", settings, program);
    Ok(runs)
}

/// A timeline as a terminal shows it: the figure behind each bar, and its whole
/// length.
struct Timeline {
    figures: Vec<f64>,
    length: f64,
}

fn timelines(file: &str) -> Outcome<Vec<Timeline>> {
    let mut timelines = Vec::new();
    let mut figures = Vec::new();
    for line in fs::read_to_string(pages().join(file))?.lines() {
        if let Some((_, figure)) = line.rsplit_once('│') {
            figures.extend(milliseconds(figure));
        } else if line.trim_start().starts_with("0 ") && line.ends_with(" ms") {
            let length = *milliseconds(line)
                .first()
                .ok_or("a line without its length")?;
            timelines.push(Timeline {
                figures: std::mem::take(&mut figures),
                length,
            });
        }
    }
    if timelines.len() < 2 {
        return Err(format!("{file} has lost its timelines").into());
    }
    Ok(timelines)
}

/// The times of the line that begins so.
fn figures(file: &str, begins: &str) -> Outcome<Vec<f64>> {
    let text = fs::read_to_string(pages().join(file))?;
    let rest = |line: &str| {
        line.strip_prefix(begins)
            .filter(|rest| !rest.contains("for "))
            .map(milliseconds)
    };
    let found = text.lines().filter_map(rest).find(|times| !times.is_empty());
    found.ok_or_else(|| format!("{file} has no line of{begins}").into())
}

/// The numbers before `ms`, without the marks around them.
fn milliseconds(text: &str) -> Vec<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |pair: &[&str]| {
        let unit = pair[1].trim_end_matches(']');
        (unit == "ms")
            .then(|| pair[0].trim_start_matches(['[', '*']).parse().ok())?
    };
    words.windows(2).filter_map(number).collect()
}

fn settings_of_all_kinds() -> Vec<Value> {
    let mut all = Vec::new();
    for jobs in [1, 7, 24] {
        for (wait, compute) in [(0, 10), (40, 0), (40, 10), (3, 50)] {
            for (limit, threads) in [(1, 1), (4, 2), (24, 1), (24, 6)] {
                all.push(json!({ "jobs": jobs, "wait": wait, "compute": compute, "limit": limit,
                    "threads": threads }));
            }
        }
    }
    all
}

/// What no program can be faster than, and what none has to be slower than.
fn breaks_a_bound(settings: &Value, length: f64) -> Option<&'static str> {
    let number = |name: &str| settings[name].as_f64().unwrap_or(0.0);
    let (jobs, wait, compute) =
        (number("jobs"), number("wait"), number("compute"));
    let each = wait + compute;
    let floors = [
        jobs * compute / number("threads"),
        (jobs / number("limit")).ceil().max(1.0) * wait,
        jobs * each / number("limit"),
        each,
    ];
    let floor = floors.into_iter().fold(0.0, f64::max);
    if length < floor - 1e-6 {
        Some("faster than can be")
    } else if length > jobs * each + 1e-6 {
        Some("slower than one after another")
    } else if number("limit") >= jobs
        && length > wait + jobs.max(1.0) * compute + 1e-6
    {
        Some("without a bound, waiting is paid once")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_out_of_a_table_with_marks() {
        assert_eq!(
            milliseconds(" 82 ms  [*9.6 ms]  *8.6 ms  41 µs"),
            [82.0, 9.6, 8.6]
        );
    }

    #[test]
    fn every_recorded_run_is_found() {
        let runs = runs().expect("the outputs are there");
        assert!(runs.len() > 30 && runs.iter().all(|run| run.recorded > 1.0));
    }
}
