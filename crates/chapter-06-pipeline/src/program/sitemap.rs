//! A sitemap: the pages of a site, as its owner lists them (sitemaps.org, protocol 0.9).

use std::io::{self, Read};

use flate2::read::GzDecoder;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Sitemaps are often kept compressed, whatever the server says of it: gzip begins with 1f 8b.
pub(super) fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut xml = Vec::new();
    // A sitemap has at most 50 MB by its standard.
    GzDecoder::new(&bytes[..]).take(50 << 20).read_to_end(&mut xml)?;
    Ok(xml)
}

/// The pages and the sitemaps that a sitemap names (sitemaps.org, protocol 0.9).
pub(super) fn read_sitemap(xml: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let mut reader = Reader::from_str(xml);
    let (mut pages, mut sitemaps) = (Vec::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut root = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                root |= open.is_empty() && matches!(&*name, "urlset" | "sitemapindex");
                open.push(name);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.push_str(&htmlize::unescape(format!("&{};", &*name))),
            Event::End(_) => {
                // One name more than could fit: not all of a page nested without end, each time.
                let path: Vec<&str> = open.iter().take(4).map(String::as_str).collect();
                match path[..] {
                    // An image's or a video's address is no page.
                    ["urlset", "url", "loc"] => pages.push(text.trim().to_owned()),
                    ["sitemapindex", "sitemap", "loc"] => sitemaps.push(text.trim().to_owned()),
                    _ => {}
                }
                open.pop();
            }
            Event::Eof if !open.is_empty() => return Err("it ends too early".into()),
            Event::Eof if root => return Ok((pages, sitemaps)),
            Event::Eof => return Err("it has neither a urlset nor a sitemapindex".into()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
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
