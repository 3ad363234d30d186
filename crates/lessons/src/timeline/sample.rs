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

/// One row of a thread: which span it ran, by the span's index in `names`. The innermost wins.
pub(crate) fn thread(
    recording: &Recording,
    thread: usize,
    names: &[&str],
    columns: usize,
) -> Vec<Cell> {
    let mut runs: Vec<_> = recording
        .rows
        .iter()
        .flat_map(|row| row.runs.iter().map(move |run| (run, row.name)))
        .filter(|(run, _)| run.thread == thread)
        .collect();
    // The outer span starts first and is painted over by the inner.
    runs.sort_by_key(|(run, _)| (run.start, std::cmp::Reverse(run.end)));
    let mut cells = vec![Cell::Nothing; columns];
    for (run, name) in runs {
        let by = names.iter().position(|other| *other == name).unwrap_or(0);
        paint(&mut cells, run.start, run.end, recording.length, by);
    }
    cells
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

    #[test]
    fn the_inner_span_is_the_one_a_thread_shows() {
        let recording = Recording {
            title: String::new(),
            length: ms(100),
            threads: vec!["main".into()],
            rows: vec![row("outer", "", &[(0, 100, 0)]), row("inner", "", &[(30, 50, 0)])],
            omitted: 0,
        };
        let names = recording.names();
        assert_eq!(drawn(&thread(&recording, 0, &names, 10)), "0##1######");
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
