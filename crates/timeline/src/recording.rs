//! A recording as data: what the pictures show, and what a test can ask.

use std::collections::BTreeSet;
use std::time::Duration;

/// The name of a thread that has none.
pub(crate) const UNNAMED: &str = "thread";

/// Everything recorded between [`timeline()`](crate::timeline()) and its end,
/// as data.
///
/// Every instant in it is the time since the start of the recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The heading it was started with.
    pub title: String,
    /// How long was recorded.
    pub length: Duration,
    /// The names of the threads that entered a span, in order of their first
    /// entry; `thread` for one without a name. Threads of one pool may share a
    /// name: the index tells them apart, and the pictures put it before the
    /// name.
    pub threads: Vec<String>,
    /// One row for each span, in order of creation. Spans with the same name
    /// and fields have a row each.
    pub rows: Vec<Row>,
    /// The number of spans that were not kept: a recording keeps the first
    /// 100,000.
    pub omitted: usize,
}

/// The life of one span: it **waits** while it is alive and not entered, it
/// **runs** while it is entered.
#[derive(Clone, Debug)]
pub struct Row {
    /// The span's name.
    pub name: &'static str,
    /// The span's fields as `key=value`, separated by spaces.
    pub fields: String,
    /// When the span was created.
    pub start: Duration,
    /// When the span was closed, or the end of the recording if it outlived
    /// that.
    pub end: Duration,
    /// Whether the span was closed within the recording.
    pub closed: bool,
    /// Each stay inside the span, in order of entering.
    pub stays: Vec<Stay>,
}

/// One stay inside a span: for a future, one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// When the span was entered.
    pub start: Duration,
    /// When it was left, or the end of the recording if it was still inside
    /// then.
    pub end: Duration,
    /// Index into [`Recording::threads`].
    pub thread: usize,
}

impl Recording {
    /// The first row whose [label](Row::label) is `label`, or `None`.
    pub fn row(&self, label: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.label() == label)
    }

    /// All rows of spans with this name, in order of creation.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.name == name)
    }

    /// The distinct span names, in order of first appearance.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for row in &self.rows {
            if !names.contains(&row.name) {
                names.push(row.name);
            }
        }
        names
    }

    /// The greatest number of spans of this name alive at one instant: their
    /// concurrency. 0 if there are none.
    pub fn peak_alive(&self, name: &str) -> usize {
        peak(self.named(name).map(|row| (row.start, row.end)))
    }

    /// The greatest number of spans of this name running at one instant: their
    /// parallelism. 0 if none ran.
    pub fn peak_running(&self, name: &str) -> usize {
        peak(
            self.named(name).flat_map(|row| {
                row.stays.iter().map(|run| (run.start, run.end))
            }),
        )
    }

    /// How long a thread was inside a span, whichever; `thread` is an index
    /// into [`threads`](Self::threads). A span inside a span counts once. Zero
    /// for an unknown index.
    pub fn busy(&self, thread: usize) -> Duration {
        let mut runs: Vec<_> = self
            .rows
            .iter()
            .flat_map(|row| &row.stays)
            .filter(|run| run.thread == thread)
            .map(|run| (run.start, run.end))
            .collect();
        runs.sort_unstable();
        // Spans nest, so their runs overlap: count every instant once.
        let (mut total, mut covered) = (Duration::ZERO, Duration::ZERO);
        for (start, end) in runs {
            let start = start.max(covered);
            total += end.saturating_sub(start);
            covered = covered.max(end);
        }
        total
    }
}

impl Row {
    /// The span as it is drawn: its name, a space, and its fields.
    pub fn label(&self) -> String {
        if self.fields.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} {}", self.name, self.fields)
        }
    }

    /// The time from its creation to its close.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }

    /// How long it ran: the sum of its stays.
    pub fn ran(&self) -> Duration {
        self.stays.iter().map(Stay::length).sum()
    }

    /// How long it was alive without running.
    pub fn waited(&self) -> Duration {
        self.length().saturating_sub(self.ran())
    }

    /// Its longest stay; zero if it never ran. For a future, the longest time
    /// that it kept its thread from others.
    pub fn longest_stay(&self) -> Duration {
        self.stays.iter().map(Stay::length).max().unwrap_or_default()
    }

    /// The threads that ran it, as indices into [`Recording::threads`].
    pub fn threads(&self) -> BTreeSet<usize> {
        self.stays.iter().map(|run| run.thread).collect()
    }

    /// Whether both were alive at some instant: they were **concurrent**.
    pub fn overlaps(&self, other: &Row) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether both ran at some instant, on two threads: they were
    /// **parallel**.
    pub fn ran_beside(&self, other: &Row) -> bool {
        self.stays.iter().any(|a| {
            other.stays.iter().any(|b| {
                a.thread != b.thread && a.start < b.end && b.start < a.end
            })
        })
    }
}

impl Stay {
    /// The time from entering to leaving.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

/// The largest number of the half-open intervals that share an instant.
fn peak(intervals: impl Iterator<Item = (Duration, Duration)>) -> usize {
    let mut changes: Vec<(Duration, i32)> =
        intervals.flat_map(|(start, end)| [(start, 1), (end, -1)]).collect();
    // At the same instant the leaving comes before the arriving: touching is
    // not overlapping.
    changes.sort_unstable();
    let (mut now, mut most) = (0_i32, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    usize::try_from(most)
        .expect("a peak is never negative: every end follows its start")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    pub(crate) fn row(
        name: &'static str,
        fields: &str,
        runs: &[(u64, u64, usize)],
    ) -> Row {
        let stays: Vec<Stay> = runs
            .iter()
            .map(|&(start, end, thread)| Stay {
                start: ms(start),
                end: ms(end),
                thread,
            })
            .collect();
        Row {
            name,
            fields: fields.into(),
            start: stays.first().map_or(Duration::ZERO, |run| run.start),
            end: stays.last().map_or(Duration::ZERO, |run| run.end),
            closed: true,
            stays,
        }
    }

    fn two_cups(second: &[(u64, u64, usize)]) -> Recording {
        Recording {
            title: "two cups".into(),
            length: ms(100),
            threads: vec!["main".into(), "helper".into()],
            rows: vec![
                row("brew", "cup=1", &[(0, 10, 0), (40, 50, 0)]),
                row("brew", "cup=2", second),
            ],
            omitted: 0,
        }
    }

    #[test]
    fn interleaved_on_one_thread_is_concurrent_and_not_parallel() {
        let recording = two_cups(&[(10, 20, 0), (50, 60, 0)]);
        let (one, two) = (&recording.rows[0], &recording.rows[1]);
        assert!(one.overlaps(two));
        assert!(!one.ran_beside(two));
        assert_eq!(recording.peak_alive("brew"), 2);
        assert_eq!(recording.peak_running("brew"), 1);
    }

    #[test]
    fn the_same_instant_on_two_threads_is_parallel() {
        let recording = two_cups(&[(5, 60, 1)]);
        assert!(recording.rows[0].ran_beside(&recording.rows[1]));
        assert_eq!(recording.peak_running("brew"), 2);
        assert_eq!(recording.busy(0), ms(20));
        assert_eq!(recording.busy(1), ms(55));
    }

    #[test]
    fn one_after_another_is_neither() {
        let recording = two_cups(&[(50, 60, 1)]);
        assert!(!recording.rows[0].overlaps(&recording.rows[1]));
        assert_eq!(recording.peak_alive("brew"), 1);
    }

    #[test]
    fn a_row_knows_how_long_it_waited() {
        let recording = two_cups(&[]);
        let row = recording.row("brew cup=1").expect("the row was made above");
        assert_eq!(
            (row.length(), row.ran(), row.waited()),
            (ms(50), ms(20), ms(30))
        );
        assert_eq!(row.longest_stay(), ms(10));
        assert!(recording.row("brew cup=3").is_none());
    }

    #[test]
    fn a_span_inside_a_span_keeps_its_thread_busy_once() {
        let mut recording = two_cups(&[(5, 9, 0)]);
        recording.rows.push(row("outer", "", &[(0, 30, 0)]));
        assert_eq!(recording.busy(0), ms(40));
    }
}
