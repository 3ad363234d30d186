//! The picture for a terminal, a pipe, or a page.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Color};

use super::model::Recording;
use super::record::{UNNAMED, human};
use super::sample::{self, Cell};

/// How to draw.
#[derive(Clone, Debug)]
pub struct Style {
    /// Columns of the whole picture.
    pub width: usize,
    /// Which rows to draw.
    pub view: View,
    /// More tasks than this are drawn as stages and threads, if the view is [`View::Auto`].
    pub most_rows: usize,
}

/// Which rows to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// A row a task, or, when there are too many, a row a stage and a row a thread.
    #[default]
    Auto,
    /// A row a task.
    Tasks,
    /// A row a stage (how many spans of that name were alive) and a row a thread.
    Threads,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 80, view: View::Auto, most_rows: 24 }
    }
}

const COLORS: [AnsiColor; 6] = [
    AnsiColor::Blue,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Cyan,
    AnsiColor::Red,
];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const LONGEST_LABEL: usize = 30;

/// Draws a recording. The text carries ANSI colors; print it through `anstream`, which takes them
/// out for a pipe and under `NO_COLOR`. Nothing is said by color alone.
pub fn draw(recording: &Recording, style: &Style) -> String {
    let mut out = format!("{}\n", recording.title);
    if recording.rows.is_empty() {
        out.push_str("  no spans were recorded\n");
        return out;
    }
    if style.shows_tasks(recording) {
        tasks(&mut out, recording, style.width);
    } else {
        stages_and_threads(&mut out, recording, style.width);
    }
    if recording.omitted > 0 {
        let _ = writeln!(out, "  {} more spans were not kept", recording.omitted);
    }
    out
}

impl Style {
    pub(crate) fn shows_tasks(&self, recording: &Recording) -> bool {
        match self.view {
            View::Auto => recording.rows.len() <= self.most_rows,
            View::Tasks => true,
            View::Threads => false,
        }
    }
}

fn tasks(out: &mut String, recording: &Recording, width: usize) {
    let labels: Vec<String> = recording.rows.iter().map(|row| shortened(&row.label())).collect();
    let layout = Layout::new(width, &labels);
    for (row, label) in recording.rows.iter().zip(&labels) {
        let cells = sample::task(row, recording.length, layout.columns);
        let bar = bar(&cells, |thread, first| if first { digit(thread) } else { '█' });
        layout.line(out, label, &bar, &human(row.length()));
    }
    layout.scale(out, recording);
    let threads = recording.threads.iter().enumerate().map(|(index, name)| {
        let style = color(index);
        format!("{style}{}{style:#}", thread_label(index, name))
    });
    legend(
        out,
        width,
        ["░ waits".to_owned(), "█ runs, on thread".to_owned()].into_iter().chain(threads),
    );
}

fn stages_and_threads(out: &mut String, recording: &Recording, width: usize) {
    let names = recording.names();
    let peaks: Vec<usize> = names.iter().map(|name| recording.peak_alive(name)).collect();
    let labels: Vec<String> = names
        .iter()
        .map(|name| shortened(name))
        .chain(recording.threads.iter().enumerate().map(|(index, name)| thread_label(index, name)))
        .collect();
    let layout = Layout::new(width, &labels);

    for (index, name) in names.iter().enumerate() {
        let counts = sample::alive(recording, name, layout.columns);
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        let style = color(index);
        let mut bar = format!("{style}");
        bar.extend(counts.iter().map(|&count| match count {
            0 => ' ',
            // Rounded up, so that one alive among many is seen.
            count => LEVELS[(count * LEVELS.len()).div_ceil(most) - 1],
        }));
        let _ = write!(bar, "{style:#}");
        layout.line(out, &labels[index], &bar, &format!("≤ {}", peaks[index]));
    }
    for (index, label) in labels[names.len()..].iter().enumerate() {
        let cells = sample::thread(recording, index, &names, layout.columns);
        let bar = bar(&cells, |name, _| letter(&names, name));
        let share = recording.busy(index).as_secs_f64() / recording.length.as_secs_f64().max(1e-9);
        layout.line(out, label, &bar, &format!("{:.0} %", share * 100.0));
    }
    layout.scale(out, recording);
    let letters = names.iter().enumerate().map(|(index, name)| {
        let style = color(index);
        format!("{style}{}{style:#} {name}", letter(&names, index))
    });
    let heights = "▁█ how many are alive".to_owned();
    legend(out, width, [heights].into_iter().chain(letters));
}

/// The letter of a span name in a thread's row: its first that no earlier name has taken.
pub(crate) fn letter(names: &[&str], index: usize) -> char {
    let mut taken: Vec<char> = Vec::new();
    for name in &names[..=index] {
        let free = name.chars().chain('a'..='z').find(|c| !taken.contains(c));
        taken.push(free.unwrap_or('?'));
    }
    taken[index]
}

fn bar(cells: &[Cell], glyph: impl Fn(usize, bool) -> char) -> String {
    let mut out = String::new();
    let mut lit: Option<usize> = None;
    for cell in cells {
        let (by, character) = match *cell {
            Cell::Nothing => (None, ' '),
            Cell::Waits => (None, '░'),
            Cell::Runs { by, first } => (Some(by), glyph(by, first)),
        };
        if by != lit {
            if let Some(old) = lit {
                let _ = write!(out, "{:#}", color(old));
            }
            if let Some(new) = by {
                let _ = write!(out, "{}", color(new));
            }
            lit = by;
        }
        out.push(character);
    }
    if let Some(old) = lit {
        let _ = write!(out, "{:#}", color(old));
    }
    out
}

struct Layout {
    label: usize,
    columns: usize,
}

impl Layout {
    fn new(width: usize, labels: &[String]) -> Self {
        let label = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        // Two spaces, the label, " │", the bar, "│ ", and eight for the figure.
        let columns = width.saturating_sub(label + 14).max(10);
        Layout { label, columns }
    }

    fn line(&self, out: &mut String, label: &str, bar: &str, figure: &str) {
        let _ = writeln!(out, "  {label:<width$} │{bar}│ {figure:>7}", width = self.label);
    }

    fn scale(&self, out: &mut String, recording: &Recording) {
        let end = human(recording.length);
        let gap = self.columns.saturating_sub(end.chars().count() + 1);
        let _ = writeln!(out, "  {:width$}  0{:gap$}{end}", "", "", width = self.label);
    }
}

/// The parts, three spaces apart, broken between parts where the width ends.
fn legend(out: &mut String, width: usize, parts: impl Iterator<Item = String>) {
    let mut used = 0;
    for part in parts {
        let plain = anstream::adapter::strip_str(&part).to_string().chars().count();
        if used == 0 {
            out.push_str("  ");
        } else if used + plain + 3 > width {
            out.push_str("\n  ");
            used = 0;
        } else {
            out.push_str("   ");
        }
        out.push_str(&part);
        used += plain + 3;
    }
    out.push('\n');
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST_LABEL {
        return label.to_owned();
    }
    label.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

/// 0 to 9, then letters: more than 36 threads share the last.
fn digit(thread: usize) -> char {
    u32::try_from(thread).ok().and_then(|n| char::from_digit(n, 36)).unwrap_or('z')
}

/// A thread as the pictures name it: `1 tokio worker`, or `thread 1` if it has no name.
pub(crate) fn thread_label(index: usize, name: &str) -> String {
    let digit = digit(index);
    shortened(&if name == UNNAMED {
        format!("{UNNAMED} {digit}")
    } else {
        format!("{digit} {name}")
    })
}

fn color(index: usize) -> Color {
    Color::new().fg_color(Some(COLORS[index % COLORS.len()].into()))
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{ms, row};
    use super::*;

    fn cups() -> Recording {
        Recording {
            title: "two cups, one barista".into(),
            length: ms(340),
            threads: vec!["main".into(), "tokio worker".into()],
            rows: vec![
                row("brew", "cup=1", &[(0, 1, 0), (339, 340, 1)]),
                row("brew", "cup=2", &[(0, 240, 1)]),
            ],
            omitted: 0,
        }
    }

    fn plain(recording: &Recording, style: &Style) -> String {
        anstream::adapter::strip_str(&draw(recording, style)).to_string()
    }

    #[test]
    fn a_row_a_task() {
        let style = Style { width: 60, ..Style::default() };
        let expected = "\
two cups, one barista
  brew cup=1 │0░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░1│  340 ms
  brew cup=2 │1█████████████████████████          │  240 ms
              0                             340 ms
  ░ waits   █ runs, on thread   0 main   1 tokio worker
";
        assert_eq!(plain(&cups(), &style), expected);
    }

    #[test]
    fn a_row_a_stage_and_a_thread_when_there_are_many() {
        let style = Style { width: 60, view: View::Threads, most_rows: 1 };
        let drawn = plain(&cups(), &style);
        assert!(drawn.contains("≤ 2"), "{drawn}");
        assert!(drawn.contains("b brew"), "{drawn}");
        assert!(drawn.contains("1 tokio worker │bbbbbbb"), "{drawn}");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        for width in [40, 60, 80, 200] {
            for view in [View::Tasks, View::Threads] {
                let drawn = plain(&cups(), &Style { width, view, most_rows: 24 });
                for line in drawn.lines() {
                    assert!(line.chars().count() <= width, "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn every_name_has_its_own_letter() {
        let names = ["fetch", "find", "digest"];
        let letters: Vec<char> = (0..3).map(|index| letter(&names, index)).collect();
        assert_eq!(letters, ['f', 'i', 'd']);
    }

    #[test]
    fn nothing_recorded_is_said() {
        let mut recording = cups();
        recording.rows.clear();
        assert!(plain(&recording, &Style::default()).contains("no spans"));
    }
}
