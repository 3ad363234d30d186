//! A sitemap: the pages of a site, as its owner lists them (sitemaps.org, protocol 0.9).
//!
//! It is XML, a text with a URL a line, or a feed, as search engines read them all. The standard
//! bounds it: 50,000 URLs and 50 MB.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Bytes of a sitemap, decompressed.
const MOST_BYTES: u64 = 50 << 20;
/// Pages, or sitemaps, that a sitemap may name.
const MOST_URLS: usize = 50_000;
/// Elements that are nested deeper are no sitemap's.
const DEEPEST: usize = 64;

/// The pages and the sitemaps that a sitemap names, and what is wrong with the rest of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sitemap {
    pub(super) pages: Vec<String>,
    pub(super) sitemaps: Vec<String>,
    pub(super) wrong: Option<String>,
}

/// Reads a sitemap. They are often kept compressed, whatever the server says of it: gzip begins
/// with 1f 8b.
pub(super) fn read(bytes: Vec<u8>) -> Sitemap {
    let mut wrong = None;
    let mut text = bytes;
    if text.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        let read = MultiGzDecoder::new(&text[..]).take(MOST_BYTES + 1).read_to_end(&mut unpacked);
        // Zeros behind the last member are padding.
        wrong = read.err().filter(|_| !ends_in_zeros(&text)).map(|error| error.to_string());
        text = unpacked;
    }
    if text.len() as u64 > MOST_BYTES {
        text.truncate(MOST_BYTES as usize);
        wrong = Some("it is longer than 50 MB".into());
    }
    let mut sitemap = read_text(&String::from_utf8_lossy(&text));
    sitemap.wrong = wrong.or(sitemap.wrong);
    sitemap
}

fn ends_in_zeros(bytes: &[u8]) -> bool {
    bytes.ends_with(&[0])
}

fn read_text(text: &str) -> Sitemap {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        return read_xml(text);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pages: Vec<String> = lines.by_ref().take(MOST_URLS).map(str::to_owned).collect();
    let wrong = match (pages.is_empty(), lines.next()) {
        (true, _) => Some("there is nothing in it".to_owned()),
        (false, Some(_)) => Some(too_many()),
        (false, None) => None,
    };
    Sitemap { pages, wrong, ..Sitemap::default() }
}

fn too_many() -> String {
    format!("it names more than {MOST_URLS}")
}

fn read_xml(xml: &str) -> Sitemap {
    let mut reader = Reader::from_str(xml);
    // Many write a plain `&` into an address.
    reader.config_mut().allow_dangling_amp = true;
    let mut sitemap = Sitemap::default();
    // The names of the outermost elements that are open, and how many are open in all.
    let (mut path, mut depth): (Vec<String>, usize) = (Vec::new(), 0);
    let mut text = String::new();
    let mut root = false;
    sitemap.wrong = loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => break Some(error.to_string()),
        };
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEEPEST {
                    break Some("its elements are nested too deep".into());
                }
                if depth <= 4 {
                    path.push(local_name(&tag));
                }
                root |=
                    depth == 1 && matches!(&*path[0], "urlset" | "sitemapindex" | "rss" | "feed");
                text.clear();
                sitemap.pages.extend(atom_link(&path, &tag));
            }
            Event::Empty(tag) => {
                let mut path = path.clone();
                path.push(local_name(&tag));
                root |= depth == 0 && matches!(&*path[0], "urlset" | "sitemapindex");
                sitemap.pages.extend(atom_link(&path, &tag));
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.push_str(&htmlize::unescape(format!("&{};", &*name))),
            Event::End(_) => {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                if depth == names.len() {
                    match names[..] {
                        // An image's or a video's address is no page.
                        ["urlset", "url", "loc"] | ["rss", "channel", "item", "link"] => {
                            sitemap.pages.push(text.trim().to_owned());
                        }
                        ["sitemapindex", "sitemap", "loc"] => {
                            sitemap.sitemaps.push(text.trim().to_owned());
                        }
                        _ => {}
                    }
                }
                depth -= 1;
                path.truncate(depth);
            }
            Event::Eof if depth > 0 => break Some("it ends too early".into()),
            Event::Eof if root => break None,
            Event::Eof => break Some("it has neither a urlset nor a sitemapindex".into()),
            _ => {}
        }
        if sitemap.pages.len() > MOST_URLS || sitemap.sitemaps.len() > MOST_URLS {
            sitemap.pages.truncate(MOST_URLS);
            sitemap.sitemaps.truncate(MOST_URLS);
            break Some(too_many());
        }
    };
    sitemap
}

/// A name without its prefix: `sm:loc` is `loc`. An image's own `image:loc` stands elsewhere.
fn local_name(tag: &BytesStart<'_>) -> String {
    tag.local_name().as_ref().to_owned()
}

/// The page of an entry of an Atom feed.
fn atom_link(path: &[String], tag: &BytesStart<'_>) -> Option<String> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    if names != ["feed", "entry", "link"] {
        return None;
    }
    let get = |name: &str| {
        let mut all = tag.attributes();
        let found =
            all.with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
        Some(htmlize::unescape_attribute(&*found.value).into_owned())
    };
    if get("rel").is_some_and(|rel| rel != "alternate") { None } else { get("href") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn read_sitemap(xml: &str) -> Result<(Vec<String>, Vec<String>), String> {
        let Sitemap { pages, sitemaps, wrong } = read_text(xml);
        wrong.map_or(Ok((pages, sitemaps)), Err)
    }

    #[test]
    fn what_is_wrong_costs_no_more_than_itself() {
        let urls = |urls: &str| format!("<urlset>{urls}</urlset>");
        let pages = |xml: &str| read_text(xml).pages;
        let dangling =
            urls("<url><loc>http://a/?x=1&y=2</loc></url><url><loc>http://b/</loc></url>");
        assert_eq!(pages(&dangling), ["http://a/?x=1&y=2", "http://b/"]);
        let cut = read_text("<urlset><url><loc>http://a/</loc></url><url><loc>http://b");
        assert_eq!((cut.pages.len(), cut.wrong.is_some()), (1, true));
        let prefixed = "<sm:urlset><sm:url><sm:loc>http://a/</sm:loc></sm:url></sm:urlset>";
        assert_eq!(pages(prefixed), ["http://a/"]);
        assert_eq!(pages("\u{feff}http://a/\n\r\nhttp://b/ \n"), ["http://a/", "http://b/"]);
        let rss =
            "<rss><channel><link>no</link><item><link>http://a/</link></item></channel></rss>";
        assert_eq!(pages(rss), ["http://a/"]);
        let atom = "<feed><link href='no'/><entry><link rel='self' href='no'/>\
                    <link href='http://a/?x&amp;y'/></entry></feed>";
        assert_eq!(pages(atom), ["http://a/?x&y"]);
    }

    #[test]
    fn a_sitemap_is_bounded_as_its_standard_says() {
        let many = "http://a/\n".repeat(MOST_URLS + 1);
        let read = read_text(&many);
        assert_eq!((read.pages.len(), read.wrong), (MOST_URLS, Some(too_many())));
        let url = "<url><loc>http://a/</loc></url>".repeat(MOST_URLS + 1);
        let read = read_text(&format!("<urlset>{url}</urlset>"));
        assert_eq!((read.pages.len(), read.wrong), (MOST_URLS, Some(too_many())));
        let gzip = |text: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes it")
        };
        let long = super::read(gzip(&vec![b'<'; (MOST_BYTES + 10) as usize]));
        assert!(long.wrong.is_some(), "{long:?}");
        let parts = [gzip(b"<urlset><url><loc>http://"), gzip(b"a/</loc></url></urlset>")].concat();
        assert_eq!(super::read(parts).pages, ["http://a/"]);
    }

    use std::time::Duration;

    #[test]
    fn a_sitemap_names_pages_and_sitemaps() {
        let xml = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\
                   <url><loc> http://a/?x=1&amp;y=2 </loc><lastmod>2026</lastmod></url><url><loc>http://a/b</loc></url></urlset>";
        assert_eq!(
            read_sitemap(xml),
            Ok((vec!["http://a/?x=1&y=2".into(), "http://a/b".into()], vec![])),
        );
        let xml = "<sitemapindex><sitemap><loc>http://a/1.xml</loc></sitemap></sitemapindex>";
        assert_eq!(read_sitemap(xml), Ok((vec![], vec!["http://a/1.xml".into()])));
        assert!(read_sitemap("<html></html>").is_err());
        assert!(read_sitemap("<urlset><url></urlset>").is_err());
        assert!(read_sitemap("<urlset><url><loc>http://a/").is_err(), "it is cut off");
        let xml = "<urlset><url><loc><![CDATA[http://a/&]]></loc>\
                   <image:image><image:loc>http://a/i.png</image:loc></image:image></url></urlset>";
        assert_eq!(read_sitemap(xml), Ok((vec!["http://a/&".into()], vec![])));
    }

    #[test]
    fn a_sitemap_nested_without_end_is_read_in_one_pass() {
        witness::within(Duration::from_secs(240), || {
            let xml = "<a>".repeat(500_000) + &"</a>".repeat(500_000);
            assert!(read_sitemap(&xml).is_err(), "it is no sitemap");
        });
    }

    /// Inputs that a fuzzer found.
    #[test]
    fn whatever_a_sitemap_says_is_part_of_it() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/sitemap");
        for entry in fs::read_dir(folder).expect("the folder is part of the repository") {
            let path = entry.expect("it can be listed").path();
            let bytes = fs::read(&path).expect("it can be read");
            let xml = String::from_utf8_lossy(&bytes).into_owned();
            let named = witness::within(Duration::from_secs(240), move || {
                read_sitemap(&xml).map(|(pages, sitemaps)| (pages, sitemaps, xml))
            });
            let Ok((pages, sitemaps, xml)) = named else { continue };
            let names = || pages.iter().chain(&sitemaps);
            assert!(names().all(|name| name.trim() == name), "{}", path.display());
            assert!(names().map(String::len).sum::<usize>() <= 2 * xml.len(), "{}", path.display());
        }
    }
}
