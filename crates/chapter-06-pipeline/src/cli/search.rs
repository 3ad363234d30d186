//! The command `search`: one query and its hits, or a prompt for many.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::HumanCount;

use super::arguments::{Format, SearchArguments};
use super::print::{csv, human};
use super::terminal::say;
use super::{Failed, print};
use crate::program::index::{Index, Query, QueryError, SearchResults};
use crate::program::printable::{printable, printable_json};

/// Prints the hits of one query.
pub(super) fn once(
    arguments: &SearchArguments,
    index: &Index,
    query: &Query,
) -> Result<ExitCode, Failed> {
    let text = arguments.query.as_deref().unwrap_or_default();
    let (total, _) =
        Page { text, query, from: 0 }.show(arguments, index, true)?;
    Ok(if total == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Reads queries, one a line, until there are no more. An empty line asks for
/// the next hits of the last query. What is typed at a terminal gets a prompt;
/// a program that writes to the standard input gets the answers alone.
pub(super) fn prompt(
    arguments: &SearchArguments,
    index: &Index,
) -> Result<ExitCode, Failed> {
    let typed = io::stdin().is_terminal();
    if typed {
        let documents = HumanCount(index.documents().len() as u64);
        say(format_args!(
            "{documents} documents; type a query, Enter alone for more of it, Ctrl-D to leave"
        ));
    }
    let mut last: Option<(String, Query, usize)> = None;
    let mut line = String::new();
    loop {
        if typed {
            // A reader that has gone is no reason to stop.
            let _ = write!(io::stderr(), "search> ");
        }
        line.clear();
        let read = io::stdin().lock().read_line(&mut line);
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                say("this line is not UTF-8");
                if !no_query(arguments, "", "this line is not UTF-8")? {
                    break;
                }
                continue;
            }
            Err(error) => {
                return Err(
                    format!("cannot read the standard input: {error}").into()
                );
            }
        }
        let text = line.trim();
        let mut wrong = QueryError::NoWord.to_string();
        last = match last.take() {
            Some((text, query, from)) if line.trim().is_empty() => {
                Some((text, query, from + arguments.limit))
            }
            None if text.is_empty() => None,
            _ => match arguments.reader.parse(text) {
                Ok(query) => Some((text.to_owned(), query, 0)),
                Err(error) => {
                    wrong = error.to_string();
                    say(&wrong);
                    None
                }
            },
        };
        let heard = match &last {
            Some((text, query, from)) => {
                Page { text, query, from: *from }
                    .show(arguments, index, false)?
                    .1
            }
            None => no_query(arguments, text, &wrong)?,
        };
        // Nobody reads the answers anymore.
        if !heard {
            break;
        }
    }
    if typed {
        say("");
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers a line without a query: who waits for an object a line gets one.
/// Returns whether somebody reads it.
fn no_query(
    arguments: &SearchArguments,
    text: &str,
    error: &str,
) -> Result<bool, Failed> {
    if arguments.format != Format::Json {
        return Ok(true);
    }
    let answer = serde_json::json!({
        "query": text, "total": 0, "seconds": 0.0, "hits": [], "error": error,
    });
    print(|out| writeln!(out, "{}", printable_json(&answer.to_string())))
}

/// Some hits of a query: those behind the first `from`.
struct Page<'a> {
    text: &'a str,
    query: &'a Query,
    from: usize,
}

impl Page<'_> {
    /// Prints the page and returns how many documents match, and whether
    /// somebody reads it. `alone` says that nothing else is printed: JSON may
    /// then have lines.
    fn show(
        &self,
        arguments: &SearchArguments,
        index: &Index,
        alone: bool,
    ) -> Result<(usize, bool), Failed> {
        let start = Instant::now();
        let mut found =
            index.search(self.query, self.from.saturating_add(arguments.limit));
        found.hits.drain(..self.from.min(found.hits.len()));
        let took = start.elapsed();
        let heard = print(|out| match arguments.format {
            Format::Table => {
                let mut out = anstream::AutoStream::auto(out);
                print_hits(&mut out, &found, index, self, took)
            }
            Format::Json => {
                let json = hits_json(self, &found, index, took);
                let json =
                    if alone { format!("{json:#}") } else { json.to_string() };
                writeln!(out, "{}", printable_json(&json))
            }
            Format::Csv => write!(out, "{}", hits_csv(&found)),
        })?;
        if let (Format::Csv, Some(relaxed)) = (arguments.format, found.relaxed)
        {
            say(relaxed);
        }
        Ok((found.total, heard))
    }
}

fn hits_csv(found: &SearchResults<'_>) -> String {
    let hits = found.hits.iter().map(|hit| {
        let (url, title) =
            (printable(&hit.url()), printable(hit.document.title()));
        let heading =
            hit.section.as_ref().map(|section| section.heading.clone());
        let heading = heading.unwrap_or_default();
        [format!("{:.4}", hit.score), url, title, heading, hit.snippet.clone()]
    });
    let header =
        ["score", "url", "title", "heading", "snippet"].map(str::to_owned);
    csv([header].into_iter().chain(hits))
}

fn print_hits(
    out: &mut impl Write,
    found: &SearchResults<'_>,
    index: &Index,
    page: &Page<'_>,
    took: Duration,
) -> io::Result<()> {
    let title = Style::new().bold();
    let url = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
    let highlight =
        Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
    // Without color the highlights need another form.
    let plain = anstream::AutoStream::choice(&io::stdout())
        == anstream::ColorChoice::Never;
    for hit in &found.hits {
        let name = if hit.document.title().is_empty() {
            "(no title)"
        } else {
            hit.document.title()
        };
        writeln!(out, "{title}{}{title:#}", shortened(printable(name)))?;
        if let Some(section) = &hit.section {
            writeln!(out, "  {}", section.heading)?;
        }
        writeln!(out, "  {url}{}{url:#}", printable(&hit.url()))?;
        let mut line = String::new();
        let mut end = 0;
        for range in &hit.highlights {
            line.push_str(&hit.snippet[end..range.start]);
            let word = &hit.snippet[range.clone()];
            line.push_str(&if plain {
                format!("*{word}*")
            } else {
                format!("{highlight}{word}{highlight:#}")
            });
            end = range.end;
        }
        line.push_str(&hit.snippet[end..]);
        writeln!(out, "  {line}\n")?;
    }
    let (total, all) = (
        HumanCount(found.total as u64),
        HumanCount(index.documents().len() as u64),
    );
    if let Some(relaxed) = found.relaxed {
        writeln!(out, "{relaxed}")?;
    }
    if let Some(near) = suggestion(found, index, page.query) {
        writeln!(out, "did you mean: {}", printable(&near))?;
    }
    let unknown = unknown(found, index, page.query);
    if !unknown.is_empty() {
        writeln!(out, "in no document: {}", printable(&unknown.join(", ")))?;
    }
    let shown = match (page.from, found.hits.len()) {
        (_, 0) => "none shown".to_owned(),
        (0, shown) => format!("{shown} shown"),
        (from, shown) => format!("{} to {} shown", from + 1, from + shown),
    };
    writeln!(
        out,
        "{total} of {all} documents match ({shown}), found in {}",
        human(took)
    )
}

/// What may have been meant, if nothing was found.
fn suggestion(
    found: &SearchResults<'_>,
    index: &Index,
    query: &Query,
) -> Option<String> {
    if found.total == 0 { index.suggest(query) } else { None }
}

/// The words for which nothing was found.
fn unknown(
    found: &SearchResults<'_>,
    index: &Index,
    query: &Query,
) -> Vec<String> {
    if found.total == 0 { index.unknown_words(query) } else { Vec::new() }
}

/// Characters of a title on its line.
const TITLE: usize = 200;

/// A page may have a title without end; its line does not.
fn shortened(mut title: String) -> String {
    if let Some((end, _)) = title.char_indices().nth(TITLE) {
        title.truncate(end);
        title.push('…');
    }
    title
}

fn hits_json(
    page: &Page<'_>,
    found: &SearchResults<'_>,
    index: &Index,
    took: Duration,
) -> serde_json::Value {
    let hits: Vec<_> = found
        .hits
        .iter()
        .map(|hit| {
            let highlights: Vec<_> =
                hit.highlights.iter().map(|range| [range.start, range.end]).collect();
            serde_json::json!({
                "url": hit.url(), "title": hit.document.title(), "score": hit.score,
                "heading": hit.section.as_ref().map(|section| &section.heading),
                "snippet": hit.snippet, "marks": highlights,
            })
        })
        .collect();
    serde_json::json!({
        "query": page.text, "total": found.total, "seconds": took.as_secs_f64(), "hits": hits,
        "relaxed": found.relaxed.map(|relaxed| relaxed.to_string()),
        "suggestion": suggestion(found, index, page.query),
        "unknown": unknown(found, index, page.query),
    })
}
