//! The picture for the book: readable in the light, in the dark and on paper.

use std::fmt::Write as _;

use super::model::Recording;
use super::record::human;
use super::sample::{self, Cell};
use super::text::{Style, letter, thread_label};

const WIDTH: usize = 760;
const FIGURE: usize = 64;
const ROW: usize = 20;
const BAR: usize = 14;
const SHADES: usize = 6;
/// Average advance of the labels' typeface at its size.
const CHARACTER: usize = 7;

/// Draws the recordings one below the other.
///
/// The SVG may stand alone or inside a page: its colors are custom properties (`--timeline-ink`,
/// `--timeline-wait`, `--timeline-0` to `--timeline-5`) that follow the reader's light or dark
/// preference and that a page can set.
pub fn draw(recordings: &[Recording], style: &Style) -> String {
    let mut body = String::new();
    let mut top = 0;
    for recording in recordings {
        if top > 0 {
            top += ROW;
        }
        top = one(&mut body, recording, style, top);
    }
    let titles: Vec<String> = recordings.iter().map(|recording| escape(&recording.title)).collect();
    format!(
        "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" role=\"img\">\n\
         <title>{}</title>\n{STYLE}{body}</svg>\n",
        titles.join("; "),
    )
}

const STYLE: &str = "<style>\n\
.timeline{max-width:100%;height:auto;font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\
--ink:var(--timeline-ink,#24292f);--wait:var(--timeline-wait,#d5dae1);\
--s0:var(--timeline-0,#3b6fb6);--s1:var(--timeline-1,#d98a1f);--s2:var(--timeline-2,#3d9970);\
--s3:var(--timeline-3,#a05fb4);--s4:var(--timeline-4,#2b9db0);--s5:var(--timeline-5,#c8504b)}\n\
@media (prefers-color-scheme:dark){.timeline{--ink:var(--timeline-ink,#d0d7de);--wait:var(--timeline-wait,#3b434d)}}\n\
.timeline text{fill:var(--ink)}.timeline .b{font-weight:bold}.timeline .e{text-anchor:end}\n\
.timeline .w{fill:var(--wait)}.timeline .s0{fill:var(--s0)}.timeline .s1{fill:var(--s1)}\
.timeline .s2{fill:var(--s2)}.timeline .s3{fill:var(--s3)}.timeline .s4{fill:var(--s4)}.timeline .s5{fill:var(--s5)}\n\
.timeline line{stroke:var(--ink);stroke-opacity:.25}\n\
</style>\n";

fn one(out: &mut String, recording: &Recording, style: &Style, top: usize) -> usize {
    let mut y = top + ROW;
    text(out, 0, y - 6, "b", &recording.title);
    let names = recording.names();
    let tasks = style.shows_tasks(recording);
    let labels: Vec<String> = if tasks {
        recording.rows.iter().map(super::model::Row::label).collect()
    } else {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .chain(
                recording.threads.iter().enumerate().map(|(index, name)| thread_label(index, name)),
            )
            .collect()
    };
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).min(32);
    let left = longest * CHARACTER + 16;
    let columns = WIDTH - left - FIGURE;
    let mut line =
        |out: &mut String, index: usize, figure: &str, draw: &dyn Fn(&mut String, usize)| {
            let label: String = labels[index].chars().take(32).collect();
            text(out, 8, y + 11, "", &label);
            draw(out, y);
            text(out, WIDTH, y + 11, "e", figure);
            y += ROW;
        };
    if tasks {
        for (index, row) in recording.rows.iter().enumerate() {
            let cells = sample::task(row, recording.length, columns);
            line(out, index, &human(row.length()), &|out, y| strip(out, left, y, &cells));
        }
    } else {
        for (index, name) in names.iter().enumerate() {
            let counts = sample::alive(recording, name, columns);
            let peak = recording.peak_alive(name);
            line(out, index, &format!("≤ {peak}"), &|out, y| hill(out, left, y, &counts, index));
        }
        for thread in 0..recording.threads.len() {
            let cells = sample::thread(recording, thread, &names, columns);
            let share =
                recording.busy(thread).as_secs_f64() / recording.length.as_secs_f64().max(1e-9);
            let figure = format!("{:.0} %", share * 100.0);
            line(out, names.len() + thread, &figure, &|out, y| strip(out, left, y, &cells));
        }
    }
    for x in [left, left + columns] {
        let _ =
            writeln!(out, "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>", top + ROW, y + 2);
    }
    y += ROW;
    text(out, left, y - 6, "", "0");
    text(out, left + columns, y - 6, "e", &human(recording.length));
    legend(out, recording, &names, tasks, y)
}

fn legend(
    out: &mut String,
    recording: &Recording,
    names: &[&str],
    tasks: bool,
    mut y: usize,
) -> usize {
    y += ROW;
    let mut x = 8;
    let mut part = |out: &mut String, class: &str, label: &str| {
        let wide = 18 + (label.chars().count() + 2) * CHARACTER;
        if x + wide > WIDTH {
            x = 8;
            y += ROW;
        }
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"12\" height=\"12\"/>",
            y - 16
        );
        text(out, x + 18, y - 6, "", label);
        x += wide;
    };
    if tasks {
        part(out, "w", "waits");
        for (index, name) in recording.threads.iter().enumerate() {
            part(out, &shade(index), &format!("runs on {}", thread_label(index, name)));
        }
    } else {
        for (index, name) in names.iter().enumerate() {
            part(out, &shade(index), &format!("{name} ({})", letter(names, index)));
        }
    }
    y
}

/// Neighbors of one kind become one rectangle.
fn strip(out: &mut String, left: usize, y: usize, cells: &[Cell]) {
    let kind = |cell: &Cell| match *cell {
        Cell::Nothing => None,
        Cell::Waits => Some("w".to_owned()),
        Cell::Runs { by, .. } => Some(shade(by)),
    };
    let mut from = 0;
    for to in 1..=cells.len() {
        if to < cells.len() && kind(&cells[to]) == kind(&cells[from]) {
            continue;
        }
        if let Some(class) = kind(&cells[from]) {
            let _ = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{BAR}\"/>",
                left + from,
                to - from,
            );
        }
        from = to;
    }
}

/// How many were alive, as an outline.
fn hill(out: &mut String, left: usize, y: usize, counts: &[usize], index: usize) {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let bottom = y + BAR;
    let mut path = format!("M{left} {bottom}");
    let mut last = None;
    for (column, &count) in counts.iter().enumerate() {
        if last != Some(count) {
            let height = bottom as f64 - (count * BAR) as f64 / most as f64;
            let _ = write!(path, "H{}V{height:.1}", left + column);
            last = Some(count);
        }
    }
    let _ = writeln!(
        out,
        "<path class=\"{}\" d=\"{path}H{}V{bottom}Z\"/>",
        shade(index),
        left + counts.len()
    );
}

fn text(out: &mut String, x: usize, y: usize, class: &str, content: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{class}>{}</text>", escape(content));
}

fn shade(index: usize) -> String {
    format!("s{}", index % SHADES)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{ms, row};
    use super::super::text::View;
    use super::*;

    fn drawing(view: View) -> String {
        let recording = Recording {
            title: "fetch <all> & count".into(),
            length: ms(100),
            threads: vec!["main".into()],
            rows: vec![row("fetch", "page=1", &[(0, 10, 0), (90, 100, 0)])],
            omitted: 0,
        };
        draw(&[recording.clone(), recording], &Style { view, ..Style::default() })
    }

    #[test]
    fn what_a_span_says_is_text_and_never_markup() {
        assert!(drawing(View::Tasks).contains("fetch &lt;all&gt; &amp; count"));
    }

    #[test]
    fn a_task_waits_between_its_runs() {
        let svg = drawing(View::Tasks);
        let classes: Vec<&str> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<rect class=\"")?.split('"').next())
            .collect();
        // Running, waiting, running, then the legend; and the same for the second recording.
        assert_eq!(classes, ["s0", "w", "s0", "w", "s0", "s0", "w", "s0", "w", "s0"]);
    }

    #[test]
    fn no_blank_line_ends_the_html_block_of_a_page() {
        for view in [View::Tasks, View::Threads] {
            assert!(drawing(view).lines().all(|line| !line.trim().is_empty()));
        }
    }
}
