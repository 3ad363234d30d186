//! A recording cut into columns: what the text and the SVG picture both draw.

use std::time::Duration;

use super::model::{Recording, Row};

/// What one column of a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Not alive.
    Nothing,
    /// Alive, not entered.
    Waits,
    /// Entered: the index of a thread in a task's row, of a span name in a thread's row. `first`
    /// marks the start of a stay, or of another thread's.
    Runs { by: usize, first: bool },
}

/// One row of a task.
///
/// A stay shorter than a column still fills one: a poll of a microsecond is the event that the
/// picture is about.
pub(crate) fn task(row: &Row, length: Duration, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Nothing; columns];
    let (from, to) = span_columns(row.start, row.end, length, columns);
    cells[from..to].fill(Cell::Waits);
    for run in &row.runs {
        paint(&mut cells, run.start, run.end, length, run.thread);
    }
    cells
}

/// One row of a thread: for each column the span that ran longest in it, by its index in `names`.
/// While a span is inside another, the inner one is the one that runs.
pub(crate) fn thread(
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
            let (left, right) = column_bounds(column, recording.length, columns);
            // A run of no length at all still happened in its column.
            let part = end.min(right).saturating_sub(start.max(left));
            time[by] += part.max(Duration::from_nanos(1));
        }
    }
    time.iter()
        .map(|column| {
            let longest = column.iter().enumerate().max_by_key(|(_, time)| **time);
            match longest {
                Some((by, time)) if !time.is_zero() => Cell::Runs { by, first: false },
                _ => Cell::Nothing,
            }
        })
        .collect()
}

/// The stretches in which a thread was inside a span and inside no other within it, in order.
fn innermost(recording: &Recording, thread: usize) -> Vec<(Duration, Duration, &'static str)> {
    let mut runs: Vec<_> = recording
        .rows
        .iter()
        .flat_map(|row| row.runs.iter().map(move |run| (run, row.name)))
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
pub(crate) fn alive(recording: &Recording, name: &str, columns: usize) -> Vec<usize> {
    let mut changes = vec![0_isize; columns + 1];
    for row in recording.named(name) {
        let (from, to) = span_columns(row.start, row.end, recording.length, columns);
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

fn paint(cells: &mut [Cell], start: Duration, end: Duration, length: Duration, by: usize) {
    let (from, to) = span_columns(start, end, length, cells.len());
    cells[from..to].fill(Cell::Runs { by, first: false });
    cells[from] = Cell::Runs { by, first: true };
}

/// When a column begins and ends.
fn column_bounds(column: usize, length: Duration, columns: usize) -> (Duration, Duration) {
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
    let to = ((end.as_secs_f64() * scale).ceil() as usize).clamp(from + 1, columns);
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{ms, row};
    use super::*;

    fn drawn(cells: &[Cell]) -> String {
        cells
            .iter()
            .map(|cell| match cell {
                Cell::Nothing => ' ',
                Cell::Waits => '.',
                Cell::Runs { by, first: true } => char::from_digit(*by as u32, 10).unwrap_or('?'),
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
            Cell::Runs { by, .. } => char::from_digit(*by as u32, 10).unwrap_or('?'),
            _ => ' ',
        };
        thread(&recording, 0, &names, 10).iter().map(letter).collect()
    }

    #[test]
    fn the_inner_span_is_the_one_a_thread_shows() {
        let rows = vec![row("outer", "", &[(0, 100, 0)]), row("inner", "", &[(30, 50, 0)])];
        assert_eq!(threads_of(rows), "0001100000");
    }

    #[test]
    fn the_span_that_ran_longest_has_the_column() {
        // In every column the first runs for eight of ten milliseconds, the second for one.
        let long: Vec<_> = (0..10).map(|n| (n * 10, n * 10 + 8, 0)).collect();
        let short: Vec<_> = (0..10).map(|n| (n * 10 + 8, n * 10 + 9, 0)).collect();
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
    fn alive_counts_what_shares_a_column() {
        let recording = Recording {
            title: String::new(),
            length: ms(100),
            threads: vec!["main".into()],
            rows: vec![row("fetch", "", &[(0, 50, 0)]), row("fetch", "", &[(30, 100, 0)])],
            omitted: 0,
        };
        assert_eq!(alive(&recording, "fetch", 10), [1, 1, 1, 2, 2, 1, 1, 1, 1, 1]);
    }
}
