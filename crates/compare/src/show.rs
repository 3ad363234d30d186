//! What is printed and drawn: tables, one line for what is missing or failed,
//! charts, JSON.

use std::fmt::Write;

use lessons::measure::{Control, human, in_words, median, thousands};
use serde_json::{Value, json};

use crate::arms::{Group, Outcome, Row, Sample};

/// A column of a table, beside the arm's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The least time and the longest one.
    Time,
    /// The factor to the first arm of the group.
    Beside,
    /// Processor time of the process.
    Processor,
    /// The most memory of the process.
    Memory,
    /// A figure that the arms print, a number of bytes.
    Bytes(&'static str, &'static str),
    /// A figure that the arms print, in seconds.
    Seconds(&'static str, &'static str),
    /// A figure as the arms print it; commas become arrows.
    Events(&'static str, &'static str),
}

impl Column {
    fn headings(self) -> Vec<&'static str> {
        match self {
            Column::Time => vec!["time", "slowest"],
            Column::Beside => vec!["beside the first"],
            Column::Processor => vec!["processor"],
            Column::Memory => vec!["memory"],
            Column::Bytes(_, heading)
            | Column::Seconds(_, heading)
            | Column::Events(_, heading) => vec![heading],
        }
    }

    fn cells(
        self,
        nth: usize,
        row: &Row,
        control: Option<Control>,
        busy: bool,
    ) -> Vec<String> {
        let samples = row.outcome.samples();
        let none = || "–".to_owned();
        match self {
            Column::Time => vec![
                row.outcome.fastest().map_or_else(none, human),
                row.outcome.slowest().map_or_else(none, human),
            ],
            Column::Beside => vec![match (row.outcome.fastest(), control) {
                _ if nth == 0 => String::new(),
                (Some(took), Some(control)) if !busy => beside(control, took),
                _ => none(),
            }],
            Column::Processor => {
                let least =
                    samples.iter().filter_map(|sample| sample.processor).min();
                vec![least.map_or_else(none, human)]
            }
            Column::Memory => {
                let all: Vec<u64> =
                    samples.iter().filter_map(|sample| sample.memory).collect();
                vec![if all.is_empty() { none() } else { size(median(&all)) }]
            }
            Column::Bytes(key, _) => {
                let all: Vec<u64> = figures(samples, key)
                    .filter_map(|it| it.parse().ok())
                    .collect();
                vec![if all.is_empty() { none() } else { size(median(&all)) }]
            }
            Column::Seconds(key, _) => {
                let all =
                    figures(samples, key).filter_map(|it| it.parse().ok());
                let all = all.filter_map(|it| {
                    std::time::Duration::try_from_secs_f64(it).ok()
                });
                vec![all.min().map_or_else(none, human)]
            }
            Column::Events(key, _) => {
                vec![
                    figures(samples, key)
                        .next()
                        .map_or_else(none, |it| it.replace(',', " → ")),
                ]
            }
        }
    }
}

fn figures<'a>(
    samples: &'a [Sample],
    key: &'a str,
) -> impl Iterator<Item = &'a str> {
    samples
        .iter()
        .filter_map(move |sample| sample.figures.get(key).map(String::as_str))
}

/// How much slower or faster, with a second digit after the point where the
/// factor is small.
fn beside(control: Control, took: std::time::Duration) -> String {
    let gain = control.gain(took);
    let (factor, what) =
        if gain < 1.0 { (1.0 / gain, "slower") } else { (gain, "faster") };
    if factor > control.noise().max(1.05) && factor < 2.0 {
        format!("{factor:.2}× {what}")
    } else {
        in_words(gain, control.noise())
    }
}

/// Bytes in a unit that leaves two digits or more: `340 B`, `63 MiB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{} B", thousands(bytes)),
        10_240..10_485_760 => format!("{} KiB", thousands(bytes >> 10)),
        _ => format!("{} MiB", thousands(bytes >> 20)),
    }
}

/// The table of all groups, and what is missing, failed, or too busy to tell.
pub fn table(groups: &[Group], columns: &[Column]) -> String {
    let mut out = String::new();
    for (nth, group) in groups.iter().enumerate() {
        if nth > 0 {
            out.push('\n');
        }
        out.push_str(&group_table(group, columns));
    }
    out
}

fn group_table(group: &Group, columns: &[Column]) -> String {
    let timed = columns.contains(&Column::Beside);
    let (control, busy) = (group.control(), group.too_busy());
    let headings =
        columns.iter().flat_map(|column| column.headings()).map(str::to_owned);
    let mut rows = vec![
        std::iter::once(group.name.clone()).chain(headings).collect::<Vec<_>>(),
    ];
    let mut lines = Vec::new();
    // Without a clock the control would be the first row once more.
    let shown = if timed { group.rows.len() } else { group.rows.len() - 1 };
    for (nth, row) in group.rows[..shown].iter().enumerate() {
        let again = nth > 0 && nth + 1 == group.rows.len();
        match &row.outcome {
            Outcome::Ran(_) => {
                let cells = columns
                    .iter()
                    .flat_map(|it| it.cells(nth, row, control, busy.is_some()));
                rows.push(
                    std::iter::once(row.name.clone()).chain(cells).collect(),
                );
            }
            _ if again => (),
            Outcome::Skipped(reason) => {
                lines.push(format!("{}: left out, {reason}", row.name))
            }
            Outcome::Failed(reason) => {
                lines.push(format!("{}: FAILED, {reason}", row.name))
            }
        }
    }
    let mut out = aligned(&rows, columns);
    if timed {
        let rounds = match group
            .rows
            .iter()
            .map(|row| row.outcome.samples().len())
            .max()
        {
            Some(1) => "one round".to_owned(),
            many => format!("the least of {} rounds", many.unwrap_or(0)),
        };
        match (&busy, control) {
            (Some(reason), _) => lines.push(format!("{rounds}; {reason}")),
            (None, Some(control)) => {
                let percent = (control.noise() - 1.0) * 100.0;
                lines.push(format!(
                    "{rounds}; the two equal arms differ by {percent:.1} %"
                ));
            }
            (None, None) => (),
        }
    }
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// Rows as text: names and events to the left, numbers to the right.
fn aligned(rows: &[Vec<String>], columns: &[Column]) -> String {
    let left: Vec<bool> = std::iter::once(true)
        .chain(columns.iter().flat_map(|column| {
            column
                .headings()
                .into_iter()
                .map(|_| matches!(column, Column::Events(..)))
        }))
        .collect();
    let width = |at: usize| {
        rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..left.len()).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, width), left) in row.iter().zip(&widths).zip(&left) {
            let gap = if line.is_empty() { "" } else { "  " };
            let _ = match left {
                true => write!(line, "{gap}{cell:<width$}"),
                false => write!(line, "{gap}{cell:>width$}"),
            };
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// The reports as JSON: every sample of every arm.
pub fn json(name: &str, groups: &[Group]) -> Value {
    let sample = |sample: &Sample| {
        json!({
            "seconds": sample.time.as_secs_f64(),
            "processor": sample.processor.map(|time| time.as_secs_f64()),
            "memory": sample.memory,
            "result": sample.result,
            "figures": sample.figures,
        })
    };
    let row = |row: &Row| match &row.outcome {
        Outcome::Ran(samples) => {
            json!({ "arm": row.name, "runs": samples.iter().map(sample).collect::<Vec<_>>() })
        }
        Outcome::Skipped(reason) => {
            json!({ "arm": row.name, "skipped": reason })
        }
        Outcome::Failed(reason) => json!({ "arm": row.name, "failed": reason }),
    };
    let group = |group: &Group| {
        json!({
            "group": group.name,
            "too_busy": group.too_busy(),
            "arms": group.rows.iter().map(row).collect::<Vec<_>>(),
        })
    };
    json!({ "comparison": name, "groups": groups.iter().map(group).collect::<Vec<_>>() })
}

const STYLE: &str = "\
.timeline{max-width:100%;height:auto;font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\
--ink:var(--timeline-ink,#24292f);--wait:var(--timeline-wait,#868f9a);--s0:var(--timeline-0,#3b6fb6);\
--s1:var(--timeline-1,#b86e00)}
@media (prefers-color-scheme:dark){.timeline{--ink:var(--timeline-ink,#d0d7de);\
--wait:var(--timeline-wait,#6b7684);--s0:var(--timeline-0,#6ea3ea);--s1:var(--timeline-1,#eba94d)}}
.timeline text{fill:var(--ink)}.timeline .b{font-weight:bold}.timeline .m{text-anchor:middle}
.timeline .w{fill:var(--wait)}.timeline .s0{fill:var(--s0)}.timeline .s1{fill:var(--s1)}
.timeline .o{fill:none;stroke:var(--wait)}.timeline .f{fill:none;stroke:var(--s1);stroke-width:2}
.timeline line{stroke:var(--ink)}
";

const WIDTH: f64 = 760.0;

/// Bars for times: from 0, the least time of each arm, and a line to its
/// longest one. A table with [events](Column::Events) instead becomes boxes in
/// order.
pub fn chart(title: &str, groups: &[Group], columns: &[Column]) -> String {
    let events = columns.iter().find_map(|column| match column {
        Column::Events(key, _) => Some(*key),
        _ => None,
    });
    let mut body = String::new();
    let mut y = 0.0;
    for group in groups {
        if !group.name.is_empty() {
            let _ = writeln!(
                body,
                r#"<text x="0" y="{}" class="b">{}</text>"#,
                y + 14.0,
                escaped(&group.name)
            );
            y += 22.0;
        }
        match events {
            Some(key) => boxes(&mut body, &mut y, group, key),
            None => bars(&mut body, &mut y, group),
        }
        y += 8.0;
    }
    let title = escaped(title);
    format!(
        "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" \
         role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n{body}</svg>\n"
    )
}

fn bars(body: &mut String, y: &mut f64, group: &Group) {
    let rows: Vec<&Row> = group
        .rows
        .iter()
        .filter(|row| row.outcome.fastest().is_some())
        .collect();
    let longest = rows
        .iter()
        .filter_map(|row| row.outcome.slowest())
        .max()
        .unwrap_or_default();
    let (from, to) = (270.0, 670.0);
    let scale = (to - from) / longest.as_secs_f64().max(1e-9);
    for (nth, row) in rows.iter().enumerate() {
        let (Some(least), Some(most)) =
            (row.outcome.fastest(), row.outcome.slowest())
        else {
            continue;
        };
        let (width, end) =
            (least.as_secs_f64() * scale, from + most.as_secs_f64() * scale);
        let class = if nth == 0 || nth + 1 == rows.len() { "s0" } else { "s1" };
        let (baseline, middle) = (*y + 12.0, *y + 8.0);
        let _ = writeln!(
            body,
            r#"<text x="8" y="{baseline}">{}</text>"#,
            escaped(&row.name)
        );
        let _ = writeln!(
            body,
            r#"<rect class="{class}" x="{from}" y="{}" width="{:.1}" height="12"/>"#,
            *y + 2.0,
            width.max(1.0)
        );
        let _ = writeln!(
            body,
            r#"<line x1="{:.1}" y1="{middle}" x2="{end:.1}" y2="{middle}"/>"#,
            from + width
        );
        let _ = writeln!(
            body,
            r#"<text x="{:.1}" y="{baseline}">{}</text>"#,
            end + 6.0,
            human(least)
        );
        *y += 20.0;
    }
}

fn boxes(body: &mut String, y: &mut f64, group: &Group, key: &str) {
    // The last row is the first one again.
    for row in &group.rows[..group.rows.len() - 1] {
        let samples = row.outcome.samples();
        let Some(events) = figures(samples, key).next() else { continue };
        let _ = writeln!(
            body,
            r#"<text x="8" y="{}">{}</text>"#,
            *y + 15.0,
            escaped(&row.name)
        );
        for (nth, event) in events.split(',').enumerate() {
            let x = 250.0 + 102.0 * nth as f64;
            let class = if event.contains("begins") { "f" } else { "o" };
            let _ = writeln!(
                body,
                r#"<rect class="{class}" x="{x}" y="{}" width="94" height="20" rx="3"/>"#,
                *y + 1.0
            );
            let _ = writeln!(
                body,
                r#"<text x="{}" y="{}" class="m">{}</text>"#,
                x + 47.0,
                *y + 15.0,
                escaped(event)
            );
        }
        *y += 28.0;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
