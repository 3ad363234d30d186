//! A report and search results as a person or a spreadsheet reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use bytesize::ByteSize;
use indicatif::HumanCount;

use crate::program::failure::{Failure, Kind};
use crate::program::index::Index;
use crate::program::printable::printable;
use crate::program::report::{Delay, Followed, Report, Stages};

/// The report as a person reads it, with ANSI styles; print it through
/// `anstream`.
pub fn table(report: &Report) -> String {
    let bold = Style::new().bold();
    let mut out = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<12} {value}");
    };
    row(
        "documents",
        format!(
            "{bold}{}{bold:#} indexed",
            HumanCount(report.documents as u64)
        ),
    );
    if report.failed > 0 {
        row("failed", report.failed.to_string());
    }
    if report.skipped > 0 {
        row("skipped", HumanCount(report.skipped as u64).to_string());
    }
    for (nth, line) in report.follow.iter().flat_map(followed_lines).enumerate()
    {
        row(if nth == 0 { "links" } else { "" }, line);
    }
    if report.resumed > 0 {
        row(
            "resumed",
            format!(
                "{} done by an earlier run",
                HumanCount(report.resumed as u64)
            ),
        );
    }
    if report.unfinished > 0 {
        row(
            "unfinished",
            format!("{} (interrupted)", HumanCount(report.unfinished as u64)),
        );
    }
    row("size", ByteSize(report.bytes).display().iec().to_string());
    row(
        "words",
        format!(
            "{}, {} of them distinct",
            HumanCount(report.words),
            HumanCount(report.terms as u64)
        ),
    );
    let each = |count: f64| count / report.seconds.max(1e-9);
    let rate = format!(
        "{:.2} s: {:.0} documents/s, {}/s",
        report.seconds,
        each(report.documents as f64),
        ByteSize(each(report.bytes as f64) as u64).display().iec(),
    );
    row("time", rate);
    let Stages { fetch, digest, index, finish } = report.stages;
    row(
        "stages",
        format!(
            "fetch {fetch:.2} s, digest {digest:.2} s, index {index:.2} s (summed)"
        ),
    );
    row("", format!("then finish {finish:.2} s"));
    let retries = HumanCount(report.retries);
    let over = match report.connections {
        0 => "no connection".to_owned(),
        1 => "1 connection".to_owned(),
        more => format!("{} connections", HumanCount(more)),
    };
    row(
        "attempts",
        format!(
            "{}, {retries} of them retries, over {over}",
            HumanCount(report.requests)
        ),
    );
    let flight = format!(
        "at most {} of {} allowed, with bodies of {}; {} threads digest",
        report.peak_in_flight,
        report.concurrency,
        ByteSize(report.peak_bytes).display().iec(),
        report.threads
    );
    row("in flight", flight);
    let top: Vec<String> = report
        .top
        .iter()
        .map(|top| {
            format!("{} {}", cut(&printable(&top.word)), HumanCount(top.count))
        })
        .collect();
    for (nth, line) in lines(&top, 60).into_iter().enumerate() {
        row(if nth == 0 { "top words" } else { "" }, line);
    }
    failures_table(report, &mut out);
    out
}

fn failures_table(report: &Report, out: &mut String) {
    let mut kinds: BTreeMap<(&str, Kind), Vec<&Failure>> = BTreeMap::new();
    for (what, failures) in
        [("failed", &report.failures), ("skipped", &report.skips)]
    {
        for failure in failures {
            kinds.entry((what, failure.kind)).or_default().push(failure);
        }
    }
    for ((what, kind), failures) in kinds {
        let _ =
            writeln!(out, "\n  {what}, {}: {}", kind.name(), failures.len());
        for failure in failures.iter().take(SHOWN) {
            let _ = writeln!(
                out,
                "    {}  {}",
                printable(&failure.url),
                printable(&failure.detail)
            );
        }
        if failures.len() > SHOWN {
            let _ = writeln!(
                out,
                "    … and {} more: --format json or csv lists all",
                failures.len() - SHOWN
            );
        }
    }
}

/// The lines about links that were followed.
fn followed_lines(followed: &Followed) -> Vec<String> {
    let pages = match followed.pages {
        1 => "1 page".to_owned(),
        more => format!("{} pages", HumanCount(more as u64)),
    };
    let redirects = match followed.redirects {
        0 => String::new(),
        some => format!(", {} of them redirects", HumanCount(some as u64)),
    };
    let mut lines =
        vec![format!("{pages} up to {} links away{redirects}", followed.depth)];
    if followed.truncated {
        lines.push(format!(
            "there are more than these {pages} (see --max-pages)"
        ));
    }
    for Delay { site, asked, kept } in &followed.delays {
        let kept = if kept < asked {
            format!(", given {kept} s")
        } else {
            String::new()
        };
        lines.push(format!(
            "{} asks for {asked} s between requests{kept}",
            printable(site)
        ));
    }
    lines
}

/// One row a document, indexed, failed or skipped:
/// `url,outcome,detail,title,words,bytes`.
pub fn documents_csv(report: &Report, index: &Index) -> String {
    let indexed = index.documents().iter().map(|document| {
        let (words, bytes) =
            (document.words.to_string(), document.bytes.to_string());
        let (url, title) =
            (printable(document.url()), printable(document.title()));
        [url, "indexed".into(), String::new(), title, words, bytes]
    });
    let failed = report.failures.iter().chain(&report.skips).map(|failure| {
        let (url, detail) =
            (printable(&failure.url), printable(&failure.detail));
        [
            url,
            failure.kind.name().into(),
            detail,
            String::new(),
            String::new(),
            String::new(),
        ]
    });
    let header = ["url", "outcome", "detail", "title", "words", "bytes"];
    csv([header.map(str::to_owned)].into_iter().chain(indexed).chain(failed))
}

/// The parts with commas between them, in lines of at most `width` columns.
fn lines(parts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line)
                if line.chars().count() + part.chars().count() + 2 <= width =>
            {
                line.push_str(", ");
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines
}

/// A word of no more than a line.
fn cut(word: &str) -> String {
    match word.char_indices().nth(40) {
        None => word.to_owned(),
        Some((end, _)) => format!("{}…", &word[..end]),
    }
}

/// Failures of one kind that a table shows.
const SHOWN: usize = 10;

/// Units of UTF-16 of a cell: a spreadsheet's cell holds no more.
const CELL: usize = 32_767;

/// Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula
/// begins with an apostrophe, as OWASP advises ("CSV injection"). Numbers are
/// none. A cell that is too long for a spreadsheet is cut, for what is too much
/// would come into other cells.
pub fn csv<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row.map(no_formula).map(fitting))
            .expect("rows of one length fit into memory");
    }
    let bytes =
        writer.into_inner().expect("memory takes what is flushed to it");
    String::from_utf8(bytes).expect("the rows were strings")
}

fn no_formula(cell: String) -> String {
    // Spreadsheets may pass over spaces, and take the wide forms for the plain
    // ones.
    let is_formula = cell.starts_with(['\t', '\r', '\n'])
        || cell.trim_start().starts_with(|c| "=+-@＝＋－＠".contains(c));
    let is_number = |cell: &str| {
        cell.parse::<f64>().is_ok()
            && !cell.contains(|c: char| c.is_alphabetic())
    };
    if is_formula && !is_number(&cell) { format!("'{cell}") } else { cell }
}

fn fitting(mut cell: String) -> String {
    let (mut units, mut end) = (0, 0);
    for c in cell.chars() {
        units += c.len_utf16();
        // Room for the sign that says so.
        if units < CELL {
            end += c.len_utf8();
        }
    }
    if units > CELL {
        cell.truncate(end);
        cell.push('…');
    }
    cell
}

/// A duration in the unit that suits it.
pub fn human(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

#[cfg(test)]
mod tests {
    use crate::program::report::tests::report;

    #[test]
    fn a_cell_is_no_formula() {
        let row = ["=1+1", "+x", "-2.5", "@a", "-x", "a=1", " =1", "＝1"]
            .map(str::to_owned);
        assert_eq!(
            super::csv([row].into_iter()),
            "'=1+1,'+x,-2.5,'@a,'-x,a=1,' =1,'＝1\n"
        );
    }

    #[test]
    fn a_cell_fits_into_a_spreadsheets_cell() {
        let cell = |text: String| super::csv([[text]].into_iter());
        let cut = cell("ü".repeat(super::CELL + 1));
        assert_eq!(cut.trim_end().chars().count(), super::CELL);
        assert!(cut.ends_with("ü…\n"));
        let whole = "ü".repeat(super::CELL);
        assert_eq!(cell(whole.clone()).trim_end(), whole);
        // Each of these is two of its units.
        let wide = cell("😀".repeat(20_000));
        assert_eq!(wide.trim_end().encode_utf16().count(), super::CELL);
    }

    #[test]
    fn a_table_is_short_and_says_how_to_see_the_rest() {
        let table = super::table(&report());
        assert!(table.contains("the 99,000"), "{table}");
        assert!(
            table.contains("failed, status: 12")
                && table.contains("and 2 more"),
            "{table}"
        );
        assert!(!table.contains('\u{7}'), "a URL rang the bell");
        assert!(
            table.contains(
                "1,790 pages up to 2 links away, 5 of them redirects"
            ),
            "{table}"
        );
        assert!(
            table.contains("more than these 1,790 pages (see --max-pages)"),
            "{table}"
        );
        assert!(
            table.contains(
                "http://a asks for 60 s between requests, given 30 s"
            ),
            "{table}"
        );
        assert!(
            table.contains("skipped, robots: 1\n    http://a/private"),
            "{table}"
        );
    }
}
