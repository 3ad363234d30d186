use super::text::Role;
use super::*;
use crate::program::digest::packed::Packed;
use crate::program::directives::Directives;
use proptest::prelude::*;

fn read(html: &str) -> Page {
    super::read(html).expect("the page is not deep")
}

#[test]
fn a_page_that_is_nested_without_end_is_refused() {
    assert_eq!(super::read(&"<div>".repeat(1_000_000)), Err(TooDeep));
}

#[test]
fn a_page_has_a_title_and_lines() {
    let page = read(
        "<!doctype html><head><title>Rust &amp;\n Rayon</title><style>p { color: red }</style></head>\
         <body><nav><a href=x>Home</a></nav><h1>Data</h1><p>par<em>all</em>el<br>work</p>\
         <pre>a &lt; b</pre><script>let x = '<p>no</p>';</script>end",
    );
    assert_eq!(page.title, "Rust & Rayon");
    assert_eq!(page.text, "Data\nparallel\nwork\na < b\nend");
}

#[test]
fn a_wbr_does_not_end_a_word() {
    assert_eq!(read("<p>Hash<wbr>Map</p>").text, "HashMap");
}

#[test]
fn what_is_not_html_is_text() {
    assert_eq!(read("5 < 6 && 7 > 6").text, "5 < 6 && 7 > 6");
    assert_eq!(read(""), Page::default());
    assert_eq!(read("<title>A</title><title>B</title>").title, "A");
}

#[test]
fn a_second_body_is_nothing() {
    assert_eq!(
        read("<html><body>Hash<body>Map<html><head></html> too").text,
        "HashMap too"
    );
}

fn links(html: &str) -> Links {
    read_with_links(html).expect("the page is not deep").1
}

#[test]
fn links_are_those_that_a_reader_could_follow() {
    let links = links(
        "<head><link href=style.css rel=stylesheet></head><nav><a href='a.html#top'>A</a></nav>\
         <a name=x>no</a><A HREF=\"b?x=1&amp;y=2\">B</A><a href=a.html>A again</a><img src=c.png>\
         <map><area href=d></map><a rel='external NoFollow' href=e>no</a>\
         <!-- <a href=f> --><script>'<a href=g>'</script><a href=#here>here</a>",
    );
    let expected = ["", "a.html", "b?x=1&y=2", "d"];
    assert_eq!(links.hrefs.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!((links.base, links.directives), (None, Directives::default()));
}

#[test]
fn the_first_base_counts_and_all_directives_do() {
    let links = links(
        "<meta name=Robots content='noarchive, nofollow'><base target=_top><base href='/a/'>\
         <base href='/b/'><meta name=otherbot content=none><meta name=overlap content=noindex>",
    );
    assert_eq!(links.base.as_deref(), Some("/a/"));
    assert_eq!(links.directives, Directives { noindex: true, nofollow: true });
}

#[test]
fn looking_for_links_changes_no_text() {
    let html = "<title>T</title><nav><a href=x>no</a></nav><p>a <a href=y>b</a><base href=z> c";
    assert_eq!(
        read_with_links(html).expect("the page is not deep").0,
        read(html)
    );
}

#[test]
fn what_the_standard_closes_hides_nothing() {
    for (html, text) in [
        // Foreign content ends where HTML begins, or with an element around it.
        ("<svg><path d=M0><p>seen", "seen"),
        ("<svg><g><g><div>seen</div>", "seen"),
        ("<p><svg><text>no</p>seen", "seen"),
        ("<span><svg><text>no</span>seen", "seen"),
        ("<svg><font>no</font></svg><svg><font color=red>seen", "seen"),
        ("<svg><foreignObject><p>no</p></foreignObject></svg>seen", "seen"),
        ("<svg/>seen", "seen"),
        ("<svg><script/>no</svg>seen", "seen"),
        ("<math><mi>x</mi><annotation>no</annotation></math>seen", "x\nseen"),
        // Parts of a table close what is open in the last one.
        ("<table><tr><td><select><option>no<td>seen</table>", "seen"),
        ("<table><tr><td><select><option>no</table>seen", "seen"),
        ("<div><template>no</template>seen</div>", "seen"),
        (
            "<template><div>no</div><template>no</template>no</template>seen",
            "seen",
        ),
        ("<select><option>no<select>seen", "seen"),
        ("<select><option>no<input>seen", "seen"),
        // A form bounds the search for an end, and goes on behind what it
        // stands in.
        ("<x><form><svg></x>no", ""),
        ("<x><form></form><svg></x>seen", "seen"),
        ("<div><x><form></div><svg></x>no</svg>seen", "seen"),
        // No form is open there, so nothing ends; and one goes on with what is
        // open in it.
        ("over</form>lap", "overlap"),
        ("<form>over<form>lap</form>end", "overlap\nend"),
        ("<object><form></object>over</form>lap", "overlap"),
        ("<form><b>over</form>lap</b>end", "overlap\nend"),
        // The end of a form ends a paragraph in it, and its beginning one
        // around it.
        ("<form><p>one</form>two", "one\ntwo"),
        ("<form><fieldset><p>one</form>two", "one\ntwo"),
        ("<form><dd>one</form>two", "one\ntwo"),
        ("<p><form>one</p>foo</form>bar", "one\nfoo\nbar"),
        ("<table><p><form></form>one</table>", "one"),
        // A table in a table, and in none of its cells, ends it.
        ("<table><nav>a<table><tr><td>seen</table></nav></table>", "a\nseen"),
        ("<table><svg><desc><table>seen", "seen"),
        ("<table><tr><td><nav><table><td>no</table></nav>seen</table>", "seen"),
        ("<datalist><option>no</datalist>seen", "seen"),
        // The end of a formatting element reaches over a block, and ends a
        // drawing in it.
        ("<i><section><svg>no</i>seen", "seen"),
        ("<x><section><svg>no</x>no", ""),
        ("<i><table><td><svg>no</i>no", ""),
        // No line ends in what is hidden.
        ("over<template><p>no</p></template>lap", "overlap"),
        // What nobody closes is the page.
        ("<p>a<select><option>b<p>the rest", "a\nb\nthe rest"),
        ("<div><nav>no</nav>seen</div>", "seen"),
        ("<nav>no<nav>no</nav>no</nav>seen", "seen"),
        ("<p>a<button>b<button>c</button>d", "a\nb\nc\nd"),
        ("<button>How</button><object>it</object>", "How\nit"),
        // Raw text, and what looks like its end.
        ("<script>'<!--<script></script>no'</script>seen", "seen"),
        ("<style>no</styl></style>seen", "seen"),
        ("<textarea>no</p></textarea>seen", "seen"),
        ("<noscript>seen <b>too</b></noscript>", "seen too"),
        ("<head><noscript><p>seen</noscript></head>", "seen"),
        ("<xmp><b></xmp>", "<b>"),
        ("<plaintext></p>", "</p>"),
    ] {
        assert_eq!(read(html).text, text, "{html}");
    }
}

#[test]
fn a_drawing_ends_however_deep_it_is() {
    for (open, close) in [("<svg>", "</svg>"), ("<math>", "</math>")] {
        let deep = format!("{open}{}no{close}seen", "<g>".repeat(5_000));
        assert!(read(&deep).text.ends_with("seen"), "{open}");
        // An element of HTML in it bounds the search: this end tag is not of
        // the drawing.
        let inner = "<desc><div>";
        let bounded = format!(
            "<svg>{}{inner}</svg></div></desc></svg>seen",
            "<g>".repeat(600)
        );
        assert_eq!(read(&bounded).text, "seen");
    }
}

#[test]
fn a_drawing_of_many_elements_is_read_in_one_pass() {
    witness::within(std::time::Duration::from_secs(240), || {
        let page =
            format!("<svg>{}{}", "<g>".repeat(90_000), "</x>".repeat(300_000));
        assert_eq!(read(&page).text, "");
    });
}

#[test]
fn navigation_that_nobody_closes_is_the_page() {
    assert_eq!(read("<nav><a>Home</a><p>the page").text, "Home\nthe page");
    assert_eq!(read("<div><nav>Home</div>the page").text, "Home\nthe page");
    assert_eq!(read("<nav>Home</nav><p>the page").text, "the page");
}

#[test]
fn a_word_is_not_split_by_what_is_part_of_its_line() {
    for html in [
        "<p>over<nobr>lap",
        "<p>over<x-y>lap</x-y>",
        "<p>ov<acronym>er</acronym>l<strike>a</strike>p",
        "<p>over<script>no</script>lap",
        "<p>over<meta itemprop=x>lap",
        "<p>over\0lap",
        "<math><mi>over\0lap",
        "<math><mi><![CDATA[over\0lap",
    ] {
        assert_eq!(read(html).text, "overlap", "{html}");
    }
    let ruby = "<p>see <ruby>Tok<rp>(</rp><rt>とう</rt><rp>)</rp>yo<rt>きょう</rt></ruby>Tower";
    assert_eq!(read(ruby).text, "see TokyoTower とう きょう");
}

#[test]
fn the_title_is_the_first_one_of_html() {
    assert_eq!(
        read("<svg><title>icon</title></svg><title>page</title>").title,
        "page"
    );
    assert_eq!(
        read("<template><title>no</title></template><title>page</title>").title,
        "page"
    );
}

#[test]
fn hidden_words_are_noticed() {
    for (html, hidden) in [
        ("<script>let x</script>", true),
        ("<nav>Home</nav>", true),
        ("<img src=x>", false),
        ("<nav>?</nav>", false),
    ] {
        assert_eq!(read(html).hidden_words, hidden, "{html}");
    }
}

fn xhtml(xml: &str) -> Page {
    read_xhtml(xml, Extract::Text).expect("it is not deep").0
}

#[test]
fn xhtml_is_read_by_the_rules_of_xml() {
    let head = "<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'>";
    for (body, title, text) in [
        (
            "<head><title>t</title><script src='a.js'/></head><body><p>seen</p></body>",
            "t",
            "seen",
        ),
        ("<head><title/></head><body><p>seen</p></body>", "", "seen"),
        (
            "<body><p><![CDATA[a < b]]> &amp; &eacute; &#x41;</p></body>",
            "",
            "a < b & é A",
        ),
        (
            "<body><div/><nav>no</nav><svg><title>no</title></svg><p/>seen</body>",
            "",
            "seen",
        ),
        ("<body><p>a<p>b</p></p></body>", "", "a\nb"),
        (
            "<body><math xmlns='m'><semantics><mi>x</mi><annotation>no</annotation></semantics>\
             </math><m:math><m:annotation-xml>no</m:annotation-xml></m:math>seen</body>",
            "",
            "x\nseen",
        ),
        (
            "<h:body xmlns:h='x'><h:script>no</h:script><h:p>seen</h:p></h:body>",
            "",
            "seen",
        ),
    ] {
        let page = xhtml(&format!("{head}{body}</html>"));
        assert_eq!((&*page.title, &*page.text), (title, text), "{body}");
    }
    assert_eq!(xhtml("<p>not <b>well-formed</p>").text, "not well-formed");
}

#[test]
fn a_document_has_entities_of_its_own() {
    for (subset, body, text) in [
        ("<!ENTITY bird \"heron\">", "a &bird; waits", "a heron waits"),
        (
            "<!-- <!ENTITY b 'no'> --><?x <!ENTITY b 'no'>?><!ELEMENT p ANY>\n\
             <!ENTITY  b  'a > b'  ><!ENTITY b 'second'>",
            "&b;",
            "a > b",
        ),
        // Entities in entities, and elements.
        (
            "<!ENTITY a '<b>one</b> &b;'><!ENTITY b 'two &#38;amp; three'>",
            "&a;",
            "one two & three",
        ),
        // The XML standard's own example (appendix D).
        (
            "<!ENTITY example \"<p>An ampersand (&#38;#38;) may be escaped.</p>\">",
            "&example;",
            "An ampersand (&) may be escaped.",
        ),
        // Of another file nothing is known, and a parameter is none of these.
        (
            "<!ENTITY x SYSTEM 'x.txt'><!ENTITY % y 'no'>",
            "&x; &eacute; seen",
            "&x; é seen",
        ),
    ] {
        let page = xhtml(&format!(
            "<!DOCTYPE html PUBLIC '-//[W3C]' 'x' [{subset}]><html><body><div>{body}</div></body></html>"
        ));
        assert_eq!(page.text, text, "{subset}");
    }
    let links = read_xhtml(
        "<!DOCTYPE html [<!ENTITY to 'x/&y;'><!ENTITY y 'z?a'>]><html><a href='&to;&amp;b'/></html>",
        Extract::TextAndLinks,
    )
    .expect("it is not deep")
    .1;
    assert_eq!(links.hrefs.into_iter().collect::<Vec<_>>(), ["x/z?a&b"]);
}

#[test]
fn entities_without_end_are_bounded() {
    let laughs: String = (1..30)
        .map(|n| {
            format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10))
        })
        .collect();
    for (subset, name) in [
        (format!("<!ENTITY l0 'ha'>{laughs}"), "l29"),
        // As deep as is allowed, and too much for all that.
        (format!("<!ENTITY l0 'ha'>{laughs}"), "l9"),
        (format!("<!ENTITY l0 ''>{laughs}"), "l9"),
        ("<!ENTITY l0 '&l0;'>".into(), "l0"),
        // Nothing is closed that began elsewhere.
        ("<!ENTITY l0 '</p><p>'>".into(), "l0"),
    ] {
        for body in [format!("&{name};"), format!("<a href='&{name};'/>")] {
            let page = format!(
                "<!DOCTYPE html [{subset}]><html><body><p>seen {body}</p></body></html>"
            );
            let text =
                witness::within(witness::PATIENT, move || xhtml(&page).text);
            assert!(text.contains("seen"), "{text}");
            assert!(text.len() < 100_000, "{} bytes", text.len());
        }
    }
    // No name is looked for behind the next reference.
    let page = format!(
        "<!DOCTYPE html [<!ENTITY a 'b'>]><html><p>seen</p><a href='{};'/></html>",
        "&".repeat(4 << 20)
    );
    let text = witness::within(witness::PATIENT, move || xhtml(&page).text);
    assert_eq!(text, "seen");
}

#[test]
fn a_page_in_a_frame_is_seen() {
    let outer = "<p>one<iframe srcdoc='<title>no</title><script>no</script>\
        <p>two &amp;amp; <a href=a>three</a><p>four' src=no>no</iframe>five";
    let (page, links) = read_with_links(outer).expect("it is not deep");
    assert_eq!(page.text, "one\ntwo & three\nfour\nfive");
    assert_eq!(page.title, "");
    assert_eq!(links.hrefs.into_iter().collect::<Vec<_>>(), ["a"]);
    let xml = xhtml("<html><p>one<iframe srcdoc='&lt;p>two'/></p></html>");
    assert_eq!(xml.text, "one\ntwo");
    for (hidden, text) in [
        (
            "<template><iframe srcdoc='no <a href=b>no</a>'></iframe></template>seen",
            "seen",
        ),
        (
            "<iframe srcdoc='<base href=http://x/y/><a href=z>seen</a>'></iframe>",
            "seen",
        ),
    ] {
        let (page, links) = read_with_links(hidden).expect("it is not deep");
        assert_eq!(page.text, text);
        assert_eq!(links.base, None);
        assert!(links.hrefs.iter().all(|to| to == "http://x/y/z"), "{hidden}");
    }
}

#[test]
fn frames_in_frames_are_bounded() {
    let nested = (0..12).fold("inmost".to_owned(), |page, nth| {
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        format!("level{nth}<iframe srcdoc=\"{page}\"></iframe>")
    });
    let page = read(&nested);
    assert_eq!(page.text, "level11\nlevel10\nlevel9\nlevel8\nlevel7");
    assert!(page.hidden_words);
}

#[test]
fn a_template_leads_nowhere_and_a_refresh_does() {
    let links = links(
        "<template><a href=no></a></template><noscript><a href=a></a></noscript>\
         <meta http-equiv=Refresh content='0; url=b'><svg><a href=c></a></svg>",
    );
    assert_eq!(links.hrefs.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
}

proptest! {
    #[test]
    fn no_input_panics(html in "(<(p|/p|b|/b|li|table|td|/table|nav|/nav|title|/title|script|svg|/svg|math|mi|desc|template|select|/select|ruby|rt|!--|br/|x y='>)>|&(lt|#x1F600|#0|bogus);|[a<>&'\"= ]|\\PC){0,60}") {
        read(&html);
    }
}

/// The tokenizer's tests of html5lib, which are not part of this repository:
/// those that begin in the text of a page, of an `<xmp>` or of a `<plaintext>`.
/// What they say is text has to be seen.
#[test]
#[ignore = "OVERLAP_HTML5LIB names the folder of html5lib-tests"]
fn the_texts_of_html5lib_are_seen() {
    let folder = std::env::var("OVERLAP_HTML5LIB").expect("it names a folder");
    let (mut tried, mut wrong) = (0, 0);
    for entry in
        std::fs::read_dir(format!("{folder}/tokenizer")).expect("it is there")
    {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_none_or(|extension| extension != "test") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let file: serde_json::Value = match serde_json::from_str(&text) {
            Ok(file) => file,
            // Lone surrogates are in some, and in no Rust string.
            Err(error) => {
                println!("{}: {error}", path.display());
                continue;
            }
        };
        for test in file["tests"].as_array().into_iter().flatten() {
            if test["doubleEscaped"] == true {
                continue;
            }
            let states = test["initialStates"].as_array().cloned();
            let states = states.unwrap_or_else(|| vec!["Data state".into()]);
            let last = test["lastStartTag"].as_str().unwrap_or_default();
            for state in states {
                let before = match (state.as_str().unwrap_or_default(), last) {
                    ("Data state", _) => "",
                    ("PLAINTEXT state", _) => "<plaintext>",
                    ("RAWTEXT state", "xmp" | "") => "<xmp>",
                    _ => continue,
                };
                let input = test["input"].as_str().expect("it is a text");
                let Some(expected) = expected_text(&test["output"]) else {
                    continue;
                };
                let squeezed =
                    |text: &str| text.split_whitespace().collect::<String>();
                let seen = read(&format!("{before}{input}"));
                tried += 1;
                if squeezed(&seen.text) != squeezed(&expected) {
                    wrong += 1;
                    println!(
                        "{state} {input:?}: {:?} and not {expected:?}",
                        seen.text
                    );
                }
            }
        }
    }
    println!("{wrong} of {tried} are wrong");
    assert!(tried > 1_000 && wrong == 0, "{wrong} of {tried}");
}

/// The text among some tokens, if no tag among them has another effect on it.
fn expected_text(tokens: &serde_json::Value) -> Option<String> {
    let mut text = String::new();
    for token in tokens.as_array()? {
        match (token[0].as_str()?, token[1].as_str()) {
            ("Character", Some(part)) => text.push_str(&part.replace('\0', "")),
            ("StartTag", Some(name)) => {
                let known =
                    Packed::new(name.as_bytes()).and_then(names::Name::known);
                let role = known.map_or(Role::Inline, Role::of);
                if role != Role::Block && role != Role::Inline {
                    return None;
                }
            }
            _ => {}
        }
    }
    Some(text)
}
