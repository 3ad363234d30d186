//! The numbers are right: another parser, another word finder and no pipeline
//! count the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::{digest, digest_body};
use chapter_06_pipeline::program::index::{Builder, Query};
use chapter_06_pipeline::program::run::{Plan, Progress, run};
use origin::{Generator, Origin, Site};
use proptest::prelude::*;
use scraper::{Html, Node};
use tokio_util::sync::CancellationToken;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use witness::{PATIENT, within};

use super::{plan, run_all, sources};

/// The words of a page by the book: a tree by html5ever, its visible text, and
/// the Unicode standard's words in it.
fn independent_words(html: &str) -> Vec<String> {
    let tree = Html::parse_document(html);
    let (mut title, mut text) = (String::new(), String::new());
    walk(*tree.root_element(), &mut title, &mut text);
    [title, text].iter().flat_map(|text| words(text)).collect()
}

/// Elements that begin and end a line, as browsers show them.
const BLOCK: [&str; 77] = [
    "address",
    "article",
    "aside",
    "audio",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "iframe",
    "img",
    "input",
    "legend",
    "li",
    "listing",
    "main",
    "marquee",
    "math",
    "menu",
    "meter",
    "nav",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "picture",
    "pre",
    "progress",
    "search",
    "section",
    "select",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "video",
    "xmp",
    "noscript",
    "applet",
    "plaintext",
];
const HIDDEN: [&str; 11] = [
    "datalist", "iframe", "nav", "noembed", "noframes", "rp", "script",
    "select", "style", "template", "textarea",
];
pub(crate) const XHTML: &str = "http://www.w3.org/1999/xhtml";
const MATHML: &str = "http://www.w3.org/1998/Math/MathML";
const SVG: &str = "http://www.w3.org/2000/svg";

pub(crate) fn walk(
    node: ego_tree::NodeRef<'_, Node>,
    title: &mut String,
    text: &mut String,
) {
    for child in node.children() {
        match child.value() {
            Node::Text(content) => text.push_str(content),
            Node::Element(element) => match element.name() {
                "title" if &*element.name.ns == XHTML => {
                    let mut inner = String::new();
                    walk(child, &mut String::new(), &mut inner);
                    if title.is_empty() {
                        title.push_str(&inner);
                    }
                }
                name => {
                    let html = &*element.name.ns == XHTML;
                    let (math, svg) =
                        (&*element.name.ns == MATHML, &*element.name.ns == SVG);
                    let block = math
                        || (html && BLOCK.contains(&name))
                        || (svg && name == "svg");
                    let hidden = (html && HIDDEN.contains(&name))
                        || (svg && name == "svg")
                        || (math && name.starts_with("annotation"));
                    text.extend(block.then_some('\n'));
                    if name == "noscript" {
                        // The oracle runs scripts: to it this is one text.
                        let inner: String = child
                            .children()
                            .filter_map(|it| it.value().as_text())
                            .map(|it| &**it)
                            .collect();
                        walk(
                            *Html::parse_fragment(&inner).root_element(),
                            title,
                            text,
                        );
                    } else if !hidden {
                        walk(child, title, text);
                    }
                    text.extend(block.then_some('\n'));
                }
            },
            _ => {}
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| {
        c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' && c != '_'
    })
    // What stands for ASCII that cuts.
    .flat_map(|part| part.split(['：', '，', '；', '．', '\u{202f}']))
    .flat_map(str::unicode_words)
    .map(|word| word.nfkc().collect::<String>().to_lowercase())
    .map(|word| {
        word.replace('\u{2019}', "'").replace('ς', "σ").replace("i\u{307}", "i")
    })
    .map(|word| word.replace(['\u{ad}', '\u{200d}'], ""))
    .map(|word| {
        word.replace(|c: char| ('\u{fe00}'..='\u{fe0f}').contains(&c), "")
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Tags in any order: what is seen is what a tree of them shows. Its order
    /// is another where a table's text is moved in front of it.
    #[test]
    fn of_any_tags_the_same_words_are_seen(
        html in "(<(/?)(p|b|a|i|span|li|ul|ol|dd|dl|h1|h2|table|tr|td|th|tbody|caption|svg|g|desc|foreignObject|math|mi|div|button|object|template|x|pre|form|ruby|rt|br|option)>|[abc] ){0,24}"
    ) {
        // By the standard these three are special: an item that begins in one of
        // them ends no item around it. html5ever ends that one.
        let special = ["<desc>", "<foreignObject>", "<mi>"];
        let special = special.iter().filter_map(|tag| html.find(tag)).min();
        let within = special.map_or("", |at| &html[at..]);
        if within.contains("<dd>") || within.contains("<li>") {
            return Ok(());
        }
        let mut expected = independent_words(&html);
        let digest = digest(html.as_bytes(), MediaType::Html, None);
        let mut seen: Vec<String> = match &digest {
            Ok(digest) => digest.terms().flat_map(|(term, at)| vec![term.to_owned(); at.len()]).collect(),
            Err(_) => Vec::new(),
        };
        expected.sort_unstable();
        seen.sort_unstable();
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn the_default_set_is_counted_right() {
    // The pool's threads step back for others: on a busy machine this takes
    // long.
    within(4 * PATIENT, || {
        let site = Site::best();
        eprintln!("{}", site.describe());
        let pages: Vec<_> =
            site.paths().iter().filter_map(|path| site.page(path)).collect();
        let origin = Origin::serve(site).start().expect("a server on loopback");
        let (index, report) = run_all(plan(64), sources(&origin));

        let mut counts: HashMap<String, u64> = HashMap::new();
        for page in &pages {
            let html =
                std::str::from_utf8(page).expect("the documentation is UTF-8");
            for word in independent_words(html) {
                *counts.entry(word).or_default() += 1;
            }
        }
        let bytes: usize = pages.iter().map(|page| page.len()).sum();
        assert_eq!((report.documents, report.failed), (pages.len(), 0));
        assert_eq!(report.bytes, bytes as u64);
        let different: Vec<_> = counts
            .iter()
            .filter(|(word, count)| index.occurrences(word) != **count)
            .map(|(word, count)| {
                format!("{word}: {} and not {count}", index.occurrences(word))
            })
            .take(20)
            .collect();
        assert!(different.is_empty(), "{different:#?}");
        assert_eq!(report.terms, counts.len());
        assert_eq!(report.words, counts.values().sum::<u64>());
    });
}

fn generated(pages: usize) -> Generator {
    Generator { pages, words_per_page: 120, ..Generator::default() }
}

#[test]
fn any_number_of_threads_gives_the_sequential_index() {
    within(PATIENT, || {
        let origin = Origin::serve(Site::generated(generated(60)))
            .start()
            .expect("a server on loopback");
        let builder = Builder::new();
        for path in origin.site().paths() {
            let page =
                origin.site().page(&path).expect("the site has its own pages");
            let digest = digest(&page, MediaType::Html, Some("utf-8"))
                .expect("it is a page");
            builder.add(&origin.url_of(&path), page.len() as u64, digest);
        }
        let sequential = builder.finish();
        for threads in 1..=8 {
            let (index, _) =
                run_all(Plan { threads, ..plan(16) }, sources(&origin));
            assert!(
                index == sequential,
                "{threads} threads found something else"
            );
        }
    });
}

#[test]
fn the_server_sees_the_bound_and_few_connections() {
    within(PATIENT, || {
        // Long enough that a client without a bound would have them all under
        // way.
        let origin = Origin::serve(Site::generated(generated(300)))
            .latency(Duration::from_millis(5))
            .start()
            .expect("a server on loopback");
        let (_, report) = run_all(plan(12), sources(&origin));
        let counts = origin.counts();
        assert_eq!(counts.requests, 300);
        assert!(
            counts.peak_in_flight <= 12,
            "{} in flight at the server",
            counts.peak_in_flight
        );
        assert!(
            counts.peak_in_flight > 1,
            "the requests came one after the other"
        );
        // A connection that is being closed may be replaced before it is
        // counted out.
        assert!(
            counts.connections <= 24,
            "{} connections for 12 permits",
            counts.connections
        );
        assert_eq!(report.connections, counts.connections);
        assert!(report.peak_in_flight <= 12);
    });
}

/// Shut while a test wants digests to wait.
static GATE: Mutex<()> = Mutex::new(());

#[test]
fn a_document_keeps_its_permit_until_it_is_in_the_index() {
    within(PATIENT, || {
        let origin = Origin::serve(Site::generated(generated(40)))
            .start()
            .expect("a server on loopback");
        let shut = GATE.lock().expect("no test panics while it is shut");
        let plan = Plan {
            threads: 1,
            digest: |body, extract| {
                drop(GATE.lock().unwrap_or_else(PoisonError::into_inner));
                digest_body(body, extract)
            },
            ..plan(3)
        };
        thread::scope(|scope| {
            let run = scope.spawn(|| run_all(plan, sources(&origin)));
            while origin.counts().requests < 3 {
                thread::yield_now();
            }
            // Three are fetched or being fetched, none is in the index. Were a
            // permit given back when the body is there, the next requests would
            // come at once.
            let patience = Instant::now() + Duration::from_millis(200);
            while Instant::now() < patience {
                assert_eq!(origin.counts().requests, 3);
                thread::yield_now();
            }
            drop(shut);
            let (_, report) = run.join().expect("the run does not panic");
            assert_eq!(report.documents, 40);
        });
    });
}

#[test]
fn a_phrase_of_one_page_is_found_there() {
    within(PATIENT, || {
        let mut pages: Vec<(String, String)> = (0..50)
            .map(|n| {
                (
                    format!("/{n}.html"),
                    format!(
                        "<title>Page {n}</title><p>heron and silent lock {n}"
                    ),
                )
            })
            .collect();
        pages[17].1.push_str("<p>The silent heron waits.");
        let origin = Origin::serve(Site::pages(pages))
            .start()
            .expect("a server on loopback");
        let (index, _) = run_all(plan(8), sources(&origin));
        let query = Query::parse("\"silent heron\"").expect("it has words");
        let found = index.search(&query, 5);
        assert_eq!(found.total, 1);
        assert_eq!(found.hits[0].document.title(), "Page 17");
        assert!(
            found.hits[0].snippet.contains("The silent heron waits."),
            "{}",
            found.hits[0].snippet
        );
    });
}

#[test]
fn an_interrupted_run_reports_exactly_what_it_did() {
    within(PATIENT, || {
        let origin = Origin::serve(Site::generated(generated(200)))
            .latency(Duration::from_millis(2))
            .start()
            .expect("a server on loopback");
        let (stop, progress) =
            (CancellationToken::new(), Arc::new(Progress::default()));
        let runtime = super::runtime().expect("a runtime");
        let (index, report) = runtime.block_on(async {
            let run = tokio::spawn(run(
                plan(4),
                sources(&origin),
                stop.clone(),
                Arc::clone(&progress),
            ));
            while progress.indexed.load(std::sync::atomic::Ordering::Relaxed)
                < 20
            {
                tokio::task::yield_now().await;
            }
            stop.cancel();
            run.await
                .expect("the run does not panic")
                .expect("the client and the pool can be made")
        });
        assert_eq!(report.documents + report.failed + report.unfinished, 200);
        assert!(report.documents >= 20 && report.unfinished > 0, "{report:?}");
        assert_eq!(index.documents().len(), report.documents);
        assert_eq!(
            report.words,
            index.documents().iter().map(|d| u64::from(d.words)).sum::<u64>()
        );
    });
}
