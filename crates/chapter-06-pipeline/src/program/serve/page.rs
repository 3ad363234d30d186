//! The page: HTML of a search's results.

use std::fmt::Write as _;
use std::ops::Range;

use super::local::Local;
use crate::program::index::{Hit, Index, Query};
use crate::program::printable::printable;

/// Hits on a page.
pub(super) const HITS: usize = 10;

/// Characters of a query: more is no question.
const LONGEST: usize = 500;

/// Hits that can be leafed through.
const DEEPEST: usize = 1_000;

/// What somebody asks: a query, and how many of its hits were seen already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Question {
    /// As it was typed.
    pub query: String,
    /// The number of better hits.
    pub from: usize,
}

impl Question {
    /// The question in a URL's query, `q=…&from=…`.
    pub fn of_url(query: Option<&str>) -> Question {
        let mut question = Question::default();
        for part in query.unwrap_or_default().split('&') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.replace('+', " ");
            let value = percent_encoding::percent_decode_str(&value)
                .decode_utf8_lossy();
            match name {
                "q" => question.query = value.trim().to_owned(),
                "from" => {
                    question.from = value.parse().unwrap_or(0).min(DEEPEST)
                }
                _ => {}
            }
        }
        question
    }

    /// The URL that asks it.
    fn url(&self) -> String {
        let query = percent_encoding::utf8_percent_encode(
            &self.query,
            percent_encoding::NON_ALPHANUMERIC,
        );
        match self.from {
            0 => format!("/?q={query}"),
            from => format!("/?q={query}&from={from}"),
        }
    }
}

/// The results of a question as a piece of HTML.
pub(super) fn results(
    index: &Index,
    local: Option<&Local>,
    language: &str,
    question: &Question,
) -> String {
    let all = count(index.documents().len());
    if question.query.is_empty() {
        return format!("<p class=status role=status>{all} documents</p>\n");
    }
    if question.query.chars().count() > LONGEST {
        return format!(
            "<p class=status role=status>A query has at most {LONGEST} characters</p>\n"
        );
    }
    let query = match Query::parse(&question.query) {
        Ok(query) => query.in_language(language),
        Err(error) => {
            return format!(
                "<p class=status role=status>{}</p>\n",
                escaped(&error.to_string())
            );
        }
    };
    let mut found = index.search(&query, question.from + HITS);
    found.hits.drain(..question.from.min(found.hits.len()));
    let mut out = String::new();
    let shown = match found.hits.len() {
        0 => String::new(),
        shown => format!(
            ", {} to {} shown",
            question.from + 1,
            question.from + shown
        ),
    };
    let _ = write!(out, "<p class=status role=status>");
    let _ = writeln!(
        out,
        "{} of {all} documents match{shown}</p>",
        count(found.total)
    );
    if let Some(relaxed) = found.relaxed {
        let _ = writeln!(
            out,
            "<p class=note>{}</p>",
            escaped(&relaxed.to_string())
        );
    }
    if found.total == 0
        && let Some(near) = index.suggest(&query)
    {
        let asked = Question { query: near, from: 0 };
        let (url, near) = (escaped(&asked.url()), escaped(&asked.query));
        let _ = writeln!(
            out,
            "<p class=note>Did you mean <a href=\"{url}\">{near}</a>?</p>"
        );
    }
    if found.total == 0 {
        let unknown = index.unknown_words(&query).join(", ");
        if !unknown.is_empty() {
            let _ = writeln!(
                out,
                "<p class=note>In no document: {}</p>",
                escaped(&unknown)
            );
        }
    }
    let _ = writeln!(out, "<ol start={}>", question.from + 1);
    for hit in &found.hits {
        write_hit(&mut out, hit, local);
    }
    out.push_str("</ol>\n");
    let next = Question { from: question.from + HITS, ..question.clone() };
    if found.total > next.from && next.from <= DEEPEST {
        let _ = writeln!(
            out,
            "<p><a class=more rel=next href=\"{}\">More</a></p>",
            escaped(&next.url())
        );
    }
    out
}

fn write_hit(out: &mut String, hit: &Hit<'_>, local: Option<&Local>) {
    let url = hit.document.url();
    let anchor =
        hit.section.as_ref().map(|section| format!("#{}", section.anchor));
    let anchor = anchor.unwrap_or_default();
    let on_disk = local.and_then(|local| local.link(url));
    // Nothing else is a link: an index may come from anywhere.
    let remote = || {
        ["http://", "https://"]
            .iter()
            .any(|it| url.starts_with(it))
            .then(|| url.to_owned())
    };
    let short = local.map_or(url, |local| local.short(url));
    let title = match hit.document.title() {
        "" => short,
        title => title,
    };
    let title = escaped(&printable(title));
    let section = hit.section.as_ref().map(|section| {
        format!(
            " <span class=section>{}</span>",
            escaped(&printable(&section.heading))
        )
    });
    let section = section.unwrap_or_default();
    let named = format!("<span class=title>{title}</span>{section}");
    out.push_str("<li>");
    match on_disk.or_else(remote) {
        Some(link) => {
            let link = escaped(&format!("{link}{anchor}"));
            let _ = writeln!(
                out,
                "<a class=hit rel=noreferrer href=\"{link}\">{named}</a>"
            );
        }
        None => {
            let _ = writeln!(out, "{named}");
        }
    }
    let shown = escaped(&printable(&format!("{short}{anchor}")));
    let _ = writeln!(out, "<div class=where>{shown}</div>");
    let _ = writeln!(
        out,
        "<p class=snippet>{}</p></li>",
        marked(&hit.snippet, &hit.highlights)
    );
}

/// A snippet with its highlights marked.
fn marked(snippet: &str, highlights: &[Range<usize>]) -> String {
    let (mut out, mut end) = (String::new(), 0);
    for range in highlights {
        out.push_str(&escaped(&snippet[end..range.start]));
        let _ =
            write!(out, "<mark>{}</mark>", escaped(&snippet[range.clone()]));
        end = range.end;
    }
    out.push_str(&escaped(&snippet[end..]));
    out
}

/// The whole page, with the results of a question in it.
pub(super) fn page(question: &Question, results: &str) -> String {
    let query = escaped(&question.query);
    let title =
        if query.is_empty() { String::new() } else { format!("{query} · ") };
    format!(
        "<!DOCTYPE html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta name=viewport content=\"width=device-width, initial-scale=1\">
<meta name=color-scheme content=\"light dark\">
<title>{title}Search</title>
<link rel=icon href=\"data:,\">
<link rel=stylesheet href=/style.css>
<script src=/search.js defer></script>
</head>
<body>
<header>
<form action=/ role=search>
<label for=q>Search</label>
<input id=q name=q type=search value=\"{query}\" maxlength={LONGEST} autofocus autocomplete=off
 autocapitalize=off spellcheck=false placeholder=\"Vec::push, &quot;data race&quot;, Hash*\">
<button>Search</button>
</form>
</header>
<main id=results>
{results}</main>
<footer><kbd>/</kbd> to the query, <kbd>↓</kbd> <kbd>↑</kbd> through the hits, <kbd>Enter</kbd> opens</footer>
</body>
</html>
"
    )
}

/// A page that says what went wrong.
pub(super) fn plain(title: &str, text: &str) -> String {
    let (title, text) = (escaped(title), escaped(text));
    format!(
        "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <meta name=color-scheme content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=stylesheet href=/style.css>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n\
         <p><a href=/>Search</a></p>\n</main>\n</html>\n"
    )
}

/// Text for HTML, also between double or single quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A number with a comma between thousands.
fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::body::MediaType;
    use crate::program::digest::digest;
    use crate::program::index::Builder;

    fn index(pages: &[(&str, &str)]) -> Index {
        let builder = Builder::new();
        for (url, html) in pages {
            let digest = digest(html.as_bytes(), MediaType::Html, None)
                .expect("it is a page");
            builder.add(url, 1, digest);
        }
        builder.finish()
    }

    fn asked(index: &Index, query: &str) -> String {
        let question = Question::of_url(Some(query));
        let local = Local::of(index);
        let results = results(index, local.as_ref(), "en", &question);
        page(&question, &results)
    }

    #[test]
    fn everything_from_outside_is_escaped() {
        let index = index(&[(
            "http://h/?\"onclick='x'>&",
            "<title>&lt;script>alert(1)&lt;/script></title><h2 id='\"><b>'>key &lt;i></h2>\
             <p>the key is &lt;img src=x onerror=alert(1)> &amp;amp; more",
        )]);
        for query in [
            "q=key",
            "q=%3Cscript%3E+key",
            "q=%22%3E%3Cimg%20src%3Dx%3E",
            "q=kyeeee%3Cb%3E",
        ] {
            let html = asked(&index, query);
            let inside = html.split_once("<body>").expect("it has a body").1;
            for forbidden in
                ["<script", "<img", "<i>", "<b>", "onerror=alert(1)>", "'x'"]
            {
                assert!(
                    !inside.contains(forbidden),
                    "{query}: {forbidden} in {html}"
                );
            }
        }
        let html = asked(&index, "q=key");
        assert!(html.contains("<mark>key</mark> is &lt;img src=x"), "{html}");
        assert!(
            html.contains(
                "href=\"http://h/?&quot;onclick=&#39;x&#39;&gt;&amp;#&quot;&gt;&lt;b&gt;\""
            )
        );
    }

    #[test]
    fn only_what_can_be_fetched_or_was_indexed_here_is_a_link() {
        let index = index(&[
            ("javascript:alert(1)", "<p>key one"),
            ("file:///docs/page.html", "<p>key two"),
            ("https://h/x", "<p>key three"),
        ]);
        let html = asked(&index, "q=key");
        assert!(!html.contains("href=\"javascript:"), "{html}");
        assert!(
            html.contains("href=\"/local/page.html\"")
                && html.contains("href=\"https://h/x\"")
        );
    }

    #[test]
    fn a_question_is_read_from_a_url_and_written_to_one() {
        let question = Question::of_url(Some("q=a+%22b%20c%22%26&from=20&x"));
        assert_eq!(question, Question { query: "a \"b c\"&".into(), from: 20 });
        let url = question.url();
        assert_eq!(Question::of_url(url.strip_prefix("/?")), question);
        assert_eq!(Question::of_url(Some("from=-1")).from, 0);
        assert_eq!(Question::of_url(Some("from=99999999")).from, DEEPEST);
        assert_eq!(Question::of_url(Some("q=%ff")).query, "\u{fffd}");
    }

    #[test]
    fn more_hits_are_behind_a_link_and_numbered_on() {
        let pages: Vec<(String, &str)> = (0..25)
            .map(|nth| (format!("http://h/{nth:02}"), "<p>key"))
            .collect();
        let pages: Vec<(&str, &str)> =
            pages.iter().map(|(url, html)| (&**url, *html)).collect();
        let index = index(&pages);
        let first = asked(&index, "q=key");
        assert!(
            first.contains("1 to 10 shown")
                && first.contains("href=\"/?q=key&amp;from=10\"")
        );
        let last = asked(&index, "q=key&from=20");
        assert!(
            last.contains("<ol start=21>") && last.contains("21 to 25 shown"),
            "{last}"
        );
        assert!(!last.contains("class=more"));
        assert!(
            asked(&index, "q=key&from=30")
                .contains("25 of 25 documents match</p>")
        );
    }

    #[test]
    fn what_is_no_query_says_why_and_what_is_not_found_what_is_near() {
        let index = index(&[("http://h/", "<p>a hashmap")]);
        assert!(asked(&index, "").contains("1 documents"));
        assert!(asked(&index, "q=%3F").contains("no word in it"));
        assert!(
            asked(&index, &format!("q={}", "w".repeat(600)))
                .contains("at most 500")
        );
        let html = asked(&index, "q=HashMpa");
        assert!(
            html.contains("Did you mean <a href=\"/?q=hashmap\">hashmap</a>?"),
            "{html}"
        );
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
