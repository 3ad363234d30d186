//! A picture as a plain value: rows of cells with their labels and figures, and
//! the key to them. The terminal and the SVG print it; neither looks at the
//! recording.

use std::time::Duration;

use crate::recording::{Recording, Row, UNNAMED};
use crate::style::{Style, View};

/// A recording cut into columns.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) title: String,
    /// Cells of every bar.
    pub(crate) columns: usize,
    pub(crate) lanes: Vec<Lane>,
    /// The length of the recording, as it stands below the bars.
    pub(crate) length: String,
    pub(crate) key: Key,
    /// Spans that the recording did not keep.
    pub(crate) omitted: usize,
}

/// One row of a picture.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// The label before the bar, at any length.
    pub(crate) label: String,
    pub(crate) bar: Bar,
    /// The figure behind the bar: a length, a peak, or a share.
    pub(crate) figure: String,
}

/// The bar, between label and figure.
#[derive(Clone, Debug)]
pub(crate) enum Bar {
    /// The cells of a task, or of a thread.
    Cells(Vec<Cell>),
    /// How many spans of a stage were alive, column by column. `by` is the
    /// index of its name.
    Alive { by: usize, counts: Vec<usize> },
}

/// One column of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Not alive.
    Nothing,
    /// Alive, not entered.
    Waits,
    /// Entered: the index of a thread in a task's row, of a span name in a
    /// thread's row. `first` marks the start of a stay, or of another thread's.
    Runs { by: usize, first: bool },
}

/// The meaning of the cells' indices.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// The rows are tasks; by index, the character and the label of each
    /// thread.
    Threads(Vec<(char, String)>),
    /// The rows are stages and threads; by index, the letter and the name of
    /// each stage.
    Stages(Vec<(char, &'static str)>),
}

impl Picture {
    /// The picture of a recording. `columns` says how many fit beside these
    /// labels; at least one.
    pub(crate) fn of(
        recording: &Recording,
        style: &Style,
        columns: impl FnOnce(&[String]) -> usize,
    ) -> Self {
        let tasks = match style.view {
            View::Auto => recording.rows.len() <= style.most_rows,
            View::Tasks => true,
            View::Threads => false,
        };
        let threads: Vec<(char, String)> = recording
            .threads
            .iter()
            .enumerate()
            .map(|(index, name)| {
                (thread_character(index), thread_label(index, name))
            })
            .collect();
        let names = recording.names();
        let labels: Vec<String> = if tasks {
            recording.rows.iter().map(Row::label).collect()
        } else {
            let stages = names.iter().map(|name| (*name).to_owned());
            stages
                .chain(threads.iter().map(|(_, label)| label.clone()))
                .collect()
        };
        let columns = columns(&labels);
        let bars: Vec<(Bar, String)> = if tasks {
            let task = |row: &Row| {
                (
                    Bar::Cells(task(row, recording.length, columns)),
                    short(row.length()),
                )
            };
            recording.rows.iter().map(task).collect()
        } else {
            let stages = names.iter().enumerate().map(|(by, name)| {
                let counts = alive(recording, name, columns);
                (
                    Bar::Alive { by, counts },
                    format!("≤ {}", recording.peak_alive(name)),
                )
            });
            let threads = (0..threads.len()).map(|index| {
                let busy = recording.busy(index).as_secs_f64();
                let share = busy / recording.length.as_secs_f64().max(1e-9);
                let cells = thread(recording, index, &names, columns);
                (Bar::Cells(cells), format!("{:.0} %", share * 100.0))
            });
            stages.chain(threads).collect()
        };
        let lane = |(label, (bar, figure))| Lane { label, bar, figure };
        Picture {
            title: recording.title.clone(),
            columns,
            lanes: labels.into_iter().zip(bars).map(lane).collect(),
            length: short(recording.length),
            key: if tasks {
                Key::Threads(threads)
            } else {
                Key::Stages(letters(&names).into_iter().zip(names).collect())
            },
            omitted: recording.omitted,
        }
    }
}

/// A length of time in at most seven characters: `340 µs`, `1.5 ms`, `12 ms`,
/// `1.23 s`.
fn short(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        _ if micros >= 999_500.0 => format!("{:.2} s", micros / 1e6),
        _ if micros >= 9_950.0 => format!("{:.0} ms", micros / 1e3),
        _ if micros >= 999.5 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{micros:.0} µs"),
    }
}

const LONGEST_LABEL: usize = 30;

/// A label that a terminal has room for.
pub(crate) fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST_LABEL {
        return label.to_owned();
    }
    label.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

/// A thread's character in a task's row: 0 to 9, a to z, A to Z. All further
/// threads share one; their labels have their numbers.
fn thread_character(index: usize) -> char {
    ('0'..='9').chain('a'..='z').chain('A'..='Z').nth(index).unwrap_or('+')
}

/// A thread as the pictures name it: `1 tokio worker`, or `thread 1` if it has
/// no name.
fn thread_label(index: usize, name: &str) -> String {
    let number = match thread_character(index) {
        '+' => format!("+{index}"),
        character => character.to_string(),
    };
    shortened(&if name == UNNAMED {
        format!("{UNNAMED} {number}")
    } else {
        format!("{number} {name}")
    })
}

/// The letter of each span name in a thread's row: its first that no earlier
/// name has taken.
fn letters(names: &[&str]) -> Vec<char> {
    let mut taken: Vec<char> = Vec::new();
    for name in names {
        let free = name.chars().chain('a'..='z').find(|c| !taken.contains(c));
        taken.push(free.unwrap_or('?'));
    }
    taken
}

/// The cells of a task.
///
/// A stay shorter than a column still fills one: a poll of a microsecond is the
/// event that the picture is about.
fn task(row: &Row, length: Duration, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Nothing; columns];
    let (from, to) = span_columns(row.start, row.end, length, columns);
    cells[from..to].fill(Cell::Waits);
    for run in &row.stays {
        paint(&mut cells, run.start, run.end, length, run.thread);
    }
    cells
}

/// The cells of a thread: for each column the span that ran longest in it, by
/// its index in `names`. While a span is inside another, the inner one is the
/// one that runs.
fn thread(
    recording: &Recording,
    thread: usize,
    names: &[&str],
    columns: usize,
) -> Vec<Cell> {
    let mut time = vec![vec![Duration::ZERO; names.len()]; columns];
    for (start, end, name) in innermost(recording, thread) {
        let by = names.iter().position(|other| *other == name).unwrap_or(0);
        let (from, to) = span_columns(start, end, recording.length, columns);
        for (column, time) in time.iter_mut().enumerate().take(to).skip(from) {
            let (left, right) =
                column_bounds(column, recording.length, columns);
            // A run of no length at all still happened in its column.
            let part = end.min(right).saturating_sub(start.max(left));
            time[by] += part.max(Duration::from_nanos(1));
        }
    }
    time.iter()
        .map(|column| {
            let longest =
                column.iter().enumerate().max_by_key(|(_, time)| **time);
            match longest {
                Some((by, time)) if !time.is_zero() => {
                    Cell::Runs { by, first: false }
                }
                _ => Cell::Nothing,
            }
        })
        .collect()
}

/// The stretches in which a thread was inside a span and inside no other within
/// it, in order.
fn innermost(
    recording: &Recording,
    thread: usize,
) -> Vec<(Duration, Duration, &'static str)> {
    let mut runs: Vec<_> = recording
        .rows
        .iter()
        .flat_map(|row| row.stays.iter().map(move |run| (run, row.name)))
        .filter(|(run, _)| run.thread == thread)
        .map(|(run, name)| (run.start, run.end, name))
        .collect();
    // The outer span starts first and ends last.
    runs.sort_by_key(|&(start, end, _)| (start, std::cmp::Reverse(end)));
    let mut stretches = Vec::with_capacity(runs.len());
    let mut open: Vec<(Duration, &'static str)> = Vec::new();
    let mut since = Duration::ZERO;
    for (start, end, name) in runs {
        while let Some((end, name)) = open.pop_if(|(end, _)| *end <= start) {
            stretches.push((since.min(end), end, name));
            since = since.max(end);
        }
        if let Some(&(_, outer)) = open.last().filter(|_| since < start) {
            stretches.push((since, start, outer));
        }
        open.push((end, name));
        since = start;
    }
    while let Some((end, name)) = open.pop() {
        stretches.push((since.min(end), end, name));
        since = since.max(end);
    }
    stretches
}

/// For each column, the most spans of this name that were alive in it.
fn alive(recording: &Recording, name: &str, columns: usize) -> Vec<usize> {
    let mut changes = vec![0_isize; columns + 1];
    for row in recording.named(name) {
        let (from, to) =
            span_columns(row.start, row.end, recording.length, columns);
        changes[from] += 1;
        changes[to] -= 1;
    }
    changes[..columns]
        .iter()
        .scan(0_isize, |now, change| {
            *now += change;
            Some(usize::try_from(*now).unwrap_or(0))
        })
        .collect()
}

fn paint(
    cells: &mut [Cell],
    start: Duration,
    end: Duration,
    length: Duration,
    by: usize,
) {
    let (from, to) = span_columns(start, end, length, cells.len());
    cells[from..to].fill(Cell::Runs { by, first: false });
    cells[from] = Cell::Runs { by, first: true };
}

/// When a column begins and ends.
fn column_bounds(
    column: usize,
    length: Duration,
    columns: usize,
) -> (Duration, Duration) {
    let at = |column: usize| length.mul_f64(column as f64 / columns as f64);
    (at(column), at(column + 1))
}

/// The columns that an interval touches: at least one, never outside.
fn span_columns(
    start: Duration,
    end: Duration,
    length: Duration,
    columns: usize,
) -> (usize, usize) {
    let last = columns - 1;
    let scale = columns as f64 / length.as_secs_f64().max(1e-9);
    let from = ((start.as_secs_f64() * scale) as usize).min(last);
    let to =
        ((end.as_secs_f64() * scale).ceil() as usize).clamp(from + 1, columns);
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::tests::{ms, row};

    fn drawn(cells: &[Cell]) -> String {
        cells
            .iter()
            .map(|cell| match cell {
                Cell::Nothing => ' ',
                Cell::Waits => '.',
                Cell::Runs { by, first: true } => {
                    char::from_digit(*by as u32, 10).unwrap_or('?')
                }
                Cell::Runs { first: false, .. } => '#',
            })
            .collect()
    }

    #[test]
    fn a_task_waits_between_its_runs() {
        let row = row("brew", "", &[(0, 20, 0), (60, 90, 1)]);
        assert_eq!(drawn(&task(&row, ms(100), 10)), "0#....1## ");
    }

    #[test]
    fn a_poll_shorter_than_a_column_is_still_seen() {
        let row = row("brew", "", &[(0, 0, 0), (100, 100, 0)]);
        assert_eq!(drawn(&task(&row, ms(100), 10)), "0........0");
    }

    fn threads_of(rows: Vec<Row>) -> String {
        let recording = Recording {
            title: String::new(),
            length: ms(100),
            threads: vec!["main".into()],
            rows,
            omitted: 0,
        };
        let names = recording.names();
        let letter = |cell: &Cell| match cell {
            Cell::Runs { by, .. } => {
                char::from_digit(*by as u32, 10).unwrap_or('?')
            }
            _ => ' ',
        };
        thread(&recording, 0, &names, 10).iter().map(letter).collect()
    }

    #[test]
    fn the_inner_span_is_the_one_a_thread_shows() {
        let rows = vec![
            row("outer", "", &[(0, 100, 0)]),
            row("inner", "", &[(30, 50, 0)]),
        ];
        assert_eq!(threads_of(rows), "0001100000");
    }

    #[test]
    fn the_span_that_ran_longest_has_the_column() {
        // In every column the first runs for eight of ten milliseconds, the
        // second for one.
        let long: Vec<_> = (0..10).map(|n| (n * 10, n * 10 + 8, 0)).collect();
        let short: Vec<_> =
            (0..10).map(|n| (n * 10 + 8, n * 10 + 9, 0)).collect();
        assert_eq!(
            threads_of(vec![row("long", "", &long), row("short", "", &short)]),
            "0000000000"
        );
    }

    #[test]
    fn a_run_of_no_length_is_seen_where_nothing_else_ran() {
        let rows = vec![row("poll", "", &[(25, 25, 0), (72, 72, 0)])];
        assert_eq!(threads_of(rows), "  0    0  ");
    }

    #[test]
    fn times_are_short() {
        let shown = [340, 1_499, 12_345, 1_234_567]
            .map(|us| short(Duration::from_micros(us)));
        assert_eq!(shown, ["340 µs", "1.5 ms", "12 ms", "1.23 s"]);
    }

    #[test]
    fn every_name_has_its_own_letter() {
        assert_eq!(letters(&["fetch", "find", "digest"]), ['f', 'i', 'd']);
    }

    #[test]
    fn threads_without_names_are_told_apart_however_many() {
        let labels: Vec<String> =
            (0..200).map(|index| thread_label(index, UNNAMED)).collect();
        assert_eq!(
            [&labels[1], &labels[10], &labels[36], &labels[62]],
            ["thread 1", "thread a", "thread A", "thread +62"]
        );
        let different: std::collections::BTreeSet<&String> =
            labels.iter().collect();
        assert_eq!(different.len(), labels.len());
        assert_eq!(thread_label(1, "tokio worker"), "1 tokio worker");
    }

    #[test]
    fn alive_counts_what_shares_a_column() {
        let recording = Recording {
            title: String::new(),
            length: ms(100),
            threads: vec!["main".into()],
            rows: vec![
                row("fetch", "", &[(0, 50, 0)]),
                row("fetch", "", &[(30, 100, 0)]),
            ],
            omitted: 0,
        };
        assert_eq!(
            alive(&recording, "fetch", 10),
            [1, 1, 1, 2, 2, 1, 1, 1, 1, 1]
        );
    }
}
