//! The picture for a page: readable in the light, in the dark and on paper.

use std::fmt::Write as _;

use crate::picture::{Bar, Cell, Key, Lane, Picture};
use crate::recording::Recording;
use crate::style::Style;

const WIDTH: usize = 760;
const FIGURE: usize = 64;
const ROW: usize = 20;
const BAR: usize = 14;
const SHADES: usize = 6;
/// Average advance of the labels' typeface at its size.
const CHARACTER: usize = 7;
/// Characters of a label that there is room for.
const LONGEST_LABEL: usize = 32;

/// Draws the recordings one below the other, as one SVG image. Of the style
/// only its view counts.
///
/// The SVG may stand alone or inside a page: its colors are custom properties
/// (`--timeline-ink`, `--timeline-wait`, `--timeline-0` to `--timeline-5`) that
/// follow the reader's light or dark preference and that a page can set.
pub fn draw(recordings: &[Recording], style: &Style) -> String {
    let mut body = String::new();
    let mut top = 0;
    for recording in recordings {
        if top > 0 {
            top += ROW;
        }
        top = one(&mut body, recording, style, top);
    }
    let titles: Vec<String> =
        recordings.iter().map(|recording| escape(&recording.title)).collect();
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

fn one(
    out: &mut String,
    recording: &Recording,
    style: &Style,
    top: usize,
) -> usize {
    let mut left = 0;
    let picture = Picture::of(recording, style, |labels| {
        let longest =
            labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        left = longest.min(LONGEST_LABEL) * CHARACTER + 16;
        WIDTH - left - FIGURE
    });
    let mut y = top + ROW;
    text(out, 0, y - 6, "b", &picture.title);
    for Lane { label, bar, figure } in &picture.lanes {
        let label: String = label.chars().take(LONGEST_LABEL).collect();
        text(out, 8, y + 11, "", &label);
        match bar {
            Bar::Cells(cells) => strip(out, left, y, cells),
            Bar::Alive { by, counts } => hill(out, left, y, counts, *by),
        }
        text(out, WIDTH, y + 11, "e", figure);
        y += ROW;
    }
    for x in [left, left + picture.columns] {
        let _ = writeln!(
            out,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>",
            top + ROW,
            y + 2
        );
    }
    y += ROW;
    text(out, left, y - 6, "", "0");
    text(out, left + picture.columns, y - 6, "e", &picture.length);
    legend(out, &picture.key, y)
}

fn legend(out: &mut String, key: &Key, mut y: usize) -> usize {
    let parts: Vec<(String, String)> = match key {
        Key::Threads(threads) => {
            let runs = |(index, (_, label)): (usize, &(char, String))| {
                (shade(index), format!("runs on {label}"))
            };
            let waits = [("w".to_owned(), "waits".to_owned())];
            waits
                .into_iter()
                .chain(threads.iter().enumerate().map(runs))
                .collect()
        }
        Key::Stages(stages) => {
            let stage = |(index, (letter, name)): (usize, &(char, &str))| {
                (shade(index), format!("{name} ({letter})"))
            };
            stages.iter().enumerate().map(stage).collect()
        }
    };
    y += ROW;
    let mut x = 8;
    for (class, label) in parts {
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
        text(out, x + 18, y - 6, "", &label);
        x += wide;
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

/// The number that were alive, as an outline.
fn hill(
    out: &mut String,
    left: usize,
    y: usize,
    counts: &[usize],
    index: usize,
) {
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
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\"{class}>{}</text>",
        escape(content)
    );
}

fn shade(index: usize) -> String {
    format!("s{}", index % SHADES)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::tests::{ms, row};
    use crate::style::View;

    fn drawing(view: View) -> String {
        let recording = Recording {
            title: "fetch <all> & count".into(),
            length: ms(100),
            threads: vec!["main".into()],
            rows: vec![row("fetch", "page=1", &[(0, 10, 0), (90, 100, 0)])],
            omitted: 0,
        };
        draw(
            &[recording.clone(), recording],
            &Style { view, ..Style::default() },
        )
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
            .filter_map(|line| {
                line.strip_prefix("<rect class=\"")?.split('"').next()
            })
            .collect();
        // Running, waiting, running, then the legend; and the same for the
        // second recording.
        assert_eq!(
            classes,
            ["s0", "w", "s0", "w", "s0", "s0", "w", "s0", "w", "s0"]
        );
    }

    #[test]
    fn no_blank_line_ends_the_html_block_of_a_page() {
        for view in [View::Tasks, View::Threads] {
            assert!(drawing(view).lines().all(|line| !line.trim().is_empty()));
        }
    }
}
