use super::*;
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
    assert_eq!(read_with_links(html).expect("the page is not deep").0, read(html));
}

proptest! {
    #[test]
    fn no_input_panics(html in "(<(p|/p|b|nav|/nav|title|/title|script|svg|!--|br/|x y='>)>|&(lt|#x1F600|#0|bogus);|[a<>&'\"= ]|\\PC){0,60}") {
        read(&html);
    }
}
