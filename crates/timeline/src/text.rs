//! The picture for a terminal, a pipe, or a page.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Color};

use crate::picture::{Bar, Cell, Key, Lane, Picture, shortened};
use crate::recording::Recording;
use crate::style::Style;

const COLORS: [AnsiColor; 6] = [
    AnsiColor::Blue,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Cyan,
    AnsiColor::Red,
];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws a recording as lines of text, the last with its line feed.
///
/// The text carries ANSI colors; print it through `anstream`, which takes them
/// out for a pipe and under `NO_COLOR`. Nothing is said by color alone.
pub fn draw(recording: &Recording, style: &Style) -> String {
    if recording.rows.is_empty() {
        return format!("{}\n  no spans were recorded\n", recording.title);
    }
    let mut label_width = 0;
    let picture = Picture::of(recording, style, |labels| {
        label_width = labels
            .iter()
            .map(|label| shortened(label).chars().count())
            .max()
            .unwrap_or(0);
        // Two spaces, the label, " │", the bar, "│ ", and eight for the figure.
        style.width.saturating_sub(label_width + 14).max(10)
    });
    print(&picture, label_width, style.width)
}

fn print(picture: &Picture, label_width: usize, width: usize) -> String {
    let mut out = format!("{}\n", picture.title);
    for Lane { label, bar, figure } in &picture.lanes {
        let (label, bar) = (shortened(label), cells(bar, &picture.key));
        let _ = writeln!(out, "  {label:<label_width$} │{bar}│ {figure:>7}");
    }
    let gap =
        picture.columns.saturating_sub(picture.length.chars().count() + 1);
    let _ =
        writeln!(out, "  {:label_width$}  0{:gap$}{}", "", "", picture.length);
    legend(&mut out, width, &picture.key);
    if picture.omitted > 0 {
        let _ = writeln!(out, "  {} more spans were not kept", picture.omitted);
    }
    out
}

/// A bar as characters, with their colors.
fn cells(bar: &Bar, key: &Key) -> String {
    match bar {
        Bar::Alive { by, counts } => {
            let most = counts.iter().copied().max().unwrap_or(0).max(1);
            let level = |&count: &usize| match count {
                0 => ' ',
                // Rounded up, so that one alive among many is seen.
                count => LEVELS[(count * LEVELS.len()).div_ceil(most) - 1],
            };
            let style = color(*by);
            format!(
                "{style}{}{style:#}",
                counts.iter().map(level).collect::<String>()
            )
        }
        Bar::Cells(cells) => match key {
            Key::Threads(threads) => {
                lit(cells, |by, first| if first { threads[by].0 } else { '█' })
            }
            Key::Stages(stages) => lit(cells, |by, _| stages[by].0),
        },
    }
}

fn lit(cells: &[Cell], character: impl Fn(usize, bool) -> char) -> String {
    let mut out = String::new();
    let mut lit: Option<usize> = None;
    for cell in cells {
        let (by, character) = match *cell {
            Cell::Nothing => (None, ' '),
            Cell::Waits => (None, '░'),
            Cell::Runs { by, first } => (Some(by), character(by, first)),
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

fn legend(out: &mut String, width: usize, key: &Key) {
    let parts: Vec<(Option<usize>, String, String)> = match key {
        Key::Threads(threads) => {
            let threads =
                threads.iter().enumerate().map(|(index, (_, label))| {
                    (Some(index), label.clone(), String::new())
                });
            ["░ waits", "█ runs, on thread"]
                .map(|part| (None, String::new(), part.to_owned()))
                .into_iter()
                .chain(threads)
                .collect()
        }
        Key::Stages(stages) => {
            let letters =
                stages.iter().enumerate().map(|(index, (letter, name))| {
                    (Some(index), letter.to_string(), format!(" {name}"))
                });
            [(None, String::new(), "▁█ how many are alive".to_owned())]
                .into_iter()
                .chain(letters)
                .collect()
        }
    };
    // Three spaces apart, broken between parts where the width ends.
    let mut used = 0;
    for (by, colored, plain) in parts {
        let length = colored.chars().count() + plain.chars().count();
        if used == 0 {
            out.push_str("  ");
        } else if used + length + 3 > width {
            out.push_str("\n  ");
            used = 0;
        } else {
            out.push_str("   ");
        }
        if let Some(by) = by {
            let style = color(by);
            let _ = write!(out, "{style}{colored}{style:#}");
        }
        out.push_str(&plain);
        used += length + 3;
    }
    out.push('\n');
}

fn color(index: usize) -> Color {
    Color::new().fg_color(Some(COLORS[index % COLORS.len()].into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::tests::{ms, row};
    use crate::style::View;

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
                let drawn =
                    plain(&cups(), &Style { width, view, most_rows: 24 });
                for line in drawn.lines() {
                    assert!(line.chars().count() <= width, "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn nothing_recorded_is_said() {
        let mut recording = cups();
        recording.rows.clear();
        assert!(plain(&recording, &Style::default()).contains("no spans"));
    }
}
