//! Pages made at random: a reader sees of them what html5ever's tree shows.
//!
//! The tags of a page, the forms of their attributes, character references, raw
//! text and broken ends are mixed by a seed, and so are pieces of real pages,
//! with something taken out or put in. Where the two differ by intention, no
//! page goes: `select` and `noscript` are read as browsers do today and
//! html5ever does not, and navigation that nobody closes is the page
//! (`digest::html`); and scraper's tree does not know that an
//! `<annotation-xml>` may hold HTML. Only letters are compared where the order
//! of words is another: text that is misplaced in a table is moved in front of
//! it by a tree, and a ruby's reading is put beside its line by the reader.

use std::collections::BTreeSet;
use std::fmt;

use chapter_06_pipeline::program::digest::html::read_with_links;
use chapter_06_pipeline::program::digest::words::words;
use origin::Site;
use scraper::{ElementRef, Html, Selector};

use super::counts::{XHTML, walk};
use super::seeded::{asked_seeds, try_seeds};

/// What pages are made of. A title has a word, because an empty one leaves the
/// place to the next.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "=",
    "\"",
    "'",
    " ",
    "\n",
    "\t",
    "\r\n",
    "\r",
    "\0",
    "a",
    "B",
    "x1",
    "é",
    "→",
    "\u{a0}",
    "word ",
    "two words",
    "&",
    "&lt;",
    "&lt",
    "&amp;",
    "&ampx",
    "&notit;",
    "&not",
    "&copy=",
    "&#65;",
    "&#x41",
    "&#0;",
    "&#128;",
    "&#xD800;",
    "&#x110000;",
    "&#13;",
    "&#",
    "&#x;",
    "&nbsp;",
    "&#39;",
    "&eacute;",
    "&bogus;",
    "&NotEqualTilde;",
    "&CounterClockwiseContourIntegral;",
    "<!--",
    "-->",
    "--!>",
    "-",
    "--",
    "!",
    "<!-->",
    "<!--->",
    "<!doctype html>",
    "<!doctype 'a>b'>",
    "<?php >",
    "</ x>",
    "</>",
    "<![CDATA[",
    "]]>",
    "]",
    "<a href=",
    "<a href=\"",
    "<a href='x'>",
    "<A HREF=y rel=nofollow>",
    "</a>",
    "<area href=z>",
    "<br/>",
    "<br",
    "</br>",
    "<p>",
    "</p>",
    "<p",
    "<P x>",
    "<div class=\"a>b\">",
    "<div>",
    "</div>",
    "<title>t",
    "</title>",
    "</title x='>'>",
    "</titl",
    "<textarea>",
    "</textarea>",
    "<script>",
    "</script>",
    "</SCRIPT >",
    "</script",
    "<script",
    "<style>",
    "</style>",
    "<xmp>",
    "</xmp>",
    "<plaintext>",
    "<iframe>",
    "</iframe>",
    "<noembed>",
    "</noembed>",
    "<svg>",
    "</svg>",
    "<svg/>",
    "<math>",
    "</math>",
    "<mi>",
    "<mi/>",
    "</mi>",
    "<annotation-xml>",
    "</annotation-xml>",
    "<foreignObject>",
    "</foreignobject>",
    "<desc>",
    "</desc>",
    "<font color=x>",
    "<font>",
    "<g>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "<th>",
    "<tbody>",
    "<caption>",
    "<button>",
    "</button>",
    "<object>",
    "</object>",
    "<form>",
    "</form>",
    "<template>",
    "</template>",
    "<ul>",
    "<li>",
    "</ul>",
    "<dl>",
    "<dt id=q>",
    "<dd>",
    "</dl>",
    "<h1 id=\"i\">",
    "</h1>",
    "<h2 id=x&amp;y>",
    "</h3>",
    "<section id=s>",
    "</section>",
    "<ruby>",
    "<rb>",
    "<rt>",
    "</ruby>",
    "<base href='/b'>",
    "<custom-el>",
    "</custom-el>",
    "<x\0y>",
    "</x\0y>",
    "<averylongnamethatnobodyknows>",
    "</AVERYlongnamethatnobodyknows>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<span title=\"q\">",
    "</span>",
    "<img src=a alt='b'>",
    "<wbr>",
    "<hr>",
    "<pre>",
    "</pre>",
    "<code>",
    "x=\"1\"",
    "y='2'",
    "z=3",
    "=\"",
    "='",
    "=>",
    " =x",
    "/=",
    "/>",
    "id=k",
    "href=h",
];

/// The ends of elements that no rule names.
const UNKNOWN_ENDS: &[&str] =
    &["</av", "</cu", "</de", "</fo", "</g", "</mi", "</ru", "</sp", "</x"];

/// A page that a seed stands for.
struct Made(String);

impl fmt::Debug for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Real pages, without what must not be broken.
fn real_pages(step: usize) -> Vec<String> {
    let site = Site::best();
    let paths = site.paths();
    let pages = paths.iter().step_by(step).filter_map(|path| site.page(path));
    pages
        .map(|page| {
            let mut html = String::from_utf8_lossy(&page).into_owned();
            for (name, instead) in [
                ("nav", "div"),
                ("select", "i"),
                ("noscript", "b"),
                ("title", "i"),
                ("head", "b"),
            ] {
                html =
                    html.replace(&format!("<{name}"), &format!("<{instead}"));
                html =
                    html.replace(&format!("</{name}"), &format!("</{instead}"));
            }
            // Where a refresh leads is no attribute of a link.
            html.replace("http-equiv", "name")
        })
        .collect()
}

fn make(seed: u64, real: &[String]) -> Made {
    let mut random = fastrand::Rng::with_seed(seed);
    let piece =
        |random: &mut fastrand::Rng| PIECES[random.usize(..PIECES.len())];
    let mut html = String::new();
    if random.u8(..10) < 7 || real.is_empty() {
        for _ in 0..random.usize(1..40) {
            html.push_str(piece(&mut random));
        }
        return Made(html);
    }
    let page = &real[random.usize(..real.len())];
    let place = |random: &mut fastrand::Rng, text: &str| {
        let at = random.usize(..=text.len());
        (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    };
    let from = place(&mut random, page);
    let to = page.len().min(from + random.usize(1..4_000));
    html.extend(page.get(from..to).or(page.get(from..from)));
    for _ in 0..random.usize(..8) {
        let at = place(&mut random, &html);
        match random.u8(..3) {
            0 => html.insert_str(at, piece(&mut random)),
            1 => {
                let length =
                    html.get(at..at + random.usize(..20)).map_or(0, str::len);
                html.replace_range(at..at + length, "");
            }
            _ => html.truncate(at),
        }
    }
    Made(html)
}

fn folded(text: &str) -> Vec<String> {
    words(text).map(|word| word.fold(&mut String::new()).to_owned()).collect()
}

fn letters(text: &str) -> Vec<String> {
    let mut letters: Vec<char> = folded(text)
        .concat()
        .chars()
        .filter(|it| it.is_alphanumeric())
        .collect();
    letters.sort_unstable();
    vec![letters.into_iter().collect()]
}

/// Whether it is in a `<template>`, whose content is no part of the page.
fn in_template(element: &ElementRef<'_>) -> bool {
    let mut around =
        element.ancestors().filter_map(|it| it.value().as_element());
    around.any(|it| it.name() == "template" && &*it.name.ns == XHTML)
}

/// What is different: nothing, if all is right.
fn differences(made: &Made) -> Vec<String> {
    let Made(html) = made;
    let lower = html.to_ascii_lowercase();
    let any = |tags: &[&str]| tags.iter().any(|tag| lower.contains(tag));
    // To the standard a drawing's `<desc>` and its like bound the search for an
    // element that is open around the drawing. To html5ever they do not.
    let bounds = any(&["<svg", "<math"])
        && any(&["<desc", "<foreignobject", "<title", "<mi"]);
    if bounds
        && (any(&["<dd", "<dt", "<li"])
            || UNKNOWN_ENDS.iter().any(|it| lower.contains(it)))
    {
        return Vec::new();
    }
    // A link that a template leaves open in an `<object>` goes on behind it,
    // says the standard. It was never on the page.
    let leaks =
        any(&["<template"]) && any(&["<object", "<td", "<th", "<caption"]);
    let (page, links) = read_with_links(html).expect("it is not deep");
    let tree = Html::parse_document(html);
    let (mut title, mut text) = (String::new(), String::new());
    walk(*tree.root_element(), &mut title, &mut text);
    let mut wrong = Vec::new();
    let mut compare = |part: &str, seen: Vec<String>, expected: Vec<String>| {
        if seen != expected {
            wrong.push(format!("{part}: {seen:?} and not {expected:?}"));
        }
    };
    compare("title", folded(&page.title), folded(&title));
    let moved = any(&["<table", "<rt"]);
    let content = |text: &str| match moved {
        true => letters(text),
        false => folded(text),
    };
    compare("text", content(&page.text), content(&text));
    let select =
        |selector| Selector::parse(selector).expect("it is a selector");
    let hrefs: BTreeSet<String> = tree
        .select(&select("a, area"))
        .filter(|element| !in_template(element))
        .filter(|element| {
            let rel =
                element.attr("rel").unwrap_or_default().to_ascii_lowercase();
            rel.split_ascii_whitespace().all(|word| word != "nofollow")
        })
        .filter_map(|element| {
            // That of a drawing may be in a namespace of its own.
            let mut others = element.value().attrs();
            let href = element.attr("href").or_else(|| {
                others.find(|(name, _)| *name == "href").map(|(_, to)| to)
            });
            href?.split('#').next().map(str::to_owned)
        })
        .collect();
    // What stands in `srcdoc` is shown instead.
    let frame = select("iframe[src]:not([srcdoc]), frame[src]:not([srcdoc])");
    let frames = tree
        .select(&frame)
        .filter(|element| !in_template(element))
        .filter_map(|element| element.attr("src")?.split('#').next())
        .map(str::to_owned);
    let hrefs: BTreeSet<String> = hrefs.into_iter().chain(frames).collect();
    if !leaks {
        compare(
            "links",
            links.hrefs.into_iter().collect(),
            hrefs.into_iter().collect(),
        );
    }
    let base = tree
        .select(&select("base[href]"))
        .find(|element| !in_template(element));
    let base = base.and_then(|element| element.attr("href"));
    compare(
        "base",
        links.base.into_iter().collect(),
        base.map(str::to_owned).into_iter().collect(),
    );
    wrong
}

#[test]
fn of_any_page_a_reader_sees_what_its_tree_shows() {
    let real = real_pages(97);
    try_seeds(0..1_000, |seed| make(seed, &real), differences);
}

/// Of 100,000 pages, say: `OVERLAP_SEEDS=0..100000`.
#[test]
#[ignore = "OVERLAP_SEEDS says which pages"]
fn of_the_asked_pages_a_reader_sees_what_their_trees_show() {
    let real = real_pages(5);
    try_seeds(asked_seeds(), |seed| make(seed, &real), differences);
}
