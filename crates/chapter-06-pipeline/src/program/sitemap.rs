//! A sitemap: the pages of a site, as its owner lists them (sitemaps.org,
//! protocol 0.9).
//!
//! It is XML, a text with a URL a line, or a feed, as search engines read them
//! all. The standard bounds it: 50,000 URLs and 50 MB. It is read while it
//! comes, so that what is in memory is its URLs and a piece of it.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, UTF_8};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::fetch::gzip::Gunzip;

/// Bytes of a sitemap, decompressed.
const MOST_BYTES: u64 = 50 << 20;
/// Pages, or sitemaps, that a sitemap may name.
const MOST_URLS: usize = 50_000;
/// Elements that are nested deeper are no sitemap's.
const DEEPEST: usize = 64;
/// Bytes that are read at once.
const PIECE: usize = 32 << 10;

/// The pages and the sitemaps that a sitemap names, and what is wrong with the
/// rest of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sitemap {
    pub(super) pages: Vec<String>,
    pub(super) sitemaps: Vec<String>,
    pub(super) wrong: Option<String>,
}

/// Reads a sitemap. They are often kept compressed, whatever the server says of
/// it: gzip begins with 1f 8b.
pub(super) fn read(mut body: impl Read) -> Sitemap {
    let mut start = Vec::new();
    let begun = (&mut body).take(2).read_to_end(&mut start);
    let is_gzip = start == [0x1f, 0x8b];
    let body = io::Cursor::new(start).chain(body);
    match begun {
        Err(error) => {
            Sitemap { wrong: Some(error.to_string()), ..Sitemap::default() }
        }
        Ok(_) if is_gzip => read_text(Gunzipped::new(body)),
        Ok(_) => read_text(body),
    }
}

/// What a gzip stream decompresses to.
struct Gunzipped<R> {
    compressed: BufReader<R>,
    gunzip: Gunzip,
    out: Vec<u8>,
    read: usize,
}

impl<R: Read> Gunzipped<R> {
    fn new(compressed: R) -> Self {
        let compressed = BufReader::with_capacity(PIECE, compressed);
        let gunzip = Gunzip::new(MOST_BYTES as usize);
        Gunzipped { compressed, gunzip, out: Vec::new(), read: 0 }
    }
}

impl<R: Read> Read for Gunzipped<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.read == self.out.len() {
            self.out.clear();
            self.read = 0;
            let mut input = self.compressed.fill_buf()?;
            let before = input.len();
            if before == 0 {
                return self
                    .gunzip
                    .finish()
                    .map(|()| 0)
                    .map_err(io::Error::other);
            }
            self.gunzip
                .piece(&mut input, &mut self.out)
                .map_err(io::Error::other)?;
            let read = before - input.len();
            self.compressed.consume(read);
        }
        let length = to.len().min(self.out.len() - self.read);
        to[..length].copy_from_slice(&self.out[self.read..self.read + length]);
        self.read += length;
        Ok(length)
    }
}

/// Bytes as UTF-8, whatever they are, up to the bound.
struct Text<R> {
    bytes: R,
    left: u64,
    decoder: Decoder,
    piece: Vec<u8>,
    text: String,
    read: usize,
    is_over: bool,
}

impl<R: Read> Text<R> {
    fn new(bytes: R) -> Self {
        let decoder = UTF_8.new_decoder();
        let (piece, text) = (vec![0; PIECE], String::with_capacity(4 * PIECE));
        Text {
            bytes,
            left: MOST_BYTES,
            decoder,
            piece,
            text,
            read: 0,
            is_over: false,
        }
    }

    /// Whether markup is next, behind white space.
    fn is_markup(&mut self) -> io::Result<bool> {
        loop {
            let text =
                std::str::from_utf8(self.fill_buf()?).unwrap_or_default();
            let (length, rest) = (text.len(), text.trim_start());
            if length == 0 || !rest.is_empty() {
                let (skipped, markup) =
                    (length - rest.len(), rest.starts_with('<'));
                self.consume(skipped);
                return Ok(markup);
            }
            self.consume(length);
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(to)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.text.len() && !self.is_over {
            self.text.clear();
            self.read = 0;
            let length = self.bytes.read(&mut self.piece)?;
            self.left = self
                .left
                .checked_sub(length as u64)
                .ok_or_else(|| io::Error::other("it is longer than 50 MB"))?;
            self.is_over = length == 0;
            let piece = &self.piece[..length];
            let _ = self.decoder.decode_to_string(
                piece,
                &mut self.text,
                self.is_over,
            );
        }
        Ok(&self.text.as_bytes()[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

fn read_text(bytes: impl Read) -> Sitemap {
    let mut text = Text::new(bytes);
    let mut sitemap = Sitemap::default();
    let read = match text.is_markup() {
        Ok(true) => read_xml(text, &mut sitemap),
        Ok(false) => read_lines(text, &mut sitemap),
        Err(error) => Err(error.to_string()),
    };
    sitemap.wrong = read.err();
    sitemap
}

fn read_lines(
    mut text: impl BufRead,
    sitemap: &mut Sitemap,
) -> Result<(), String> {
    let mut line = String::new();
    while text.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
        // Some write a carriage return alone.
        for url in line.split('\r').map(str::trim) {
            if sitemap.pages.len() == MOST_URLS && !url.is_empty() {
                return Err(too_many());
            }
            sitemap.pages.extend((!url.is_empty()).then(|| url.to_owned()));
        }
        line.clear();
    }
    if sitemap.pages.is_empty() {
        Err("there is nothing in it".into())
    } else {
        Ok(())
    }
}

fn too_many() -> String {
    format!("it names more than {MOST_URLS}")
}

fn read_xml(xml: impl BufRead, sitemap: &mut Sitemap) -> Result<(), String> {
    let mut reader = Reader::from_reader(xml);
    // Many write a plain `&` into an address.
    reader.config_mut().allow_dangling_amp = true;
    // The names of the outermost elements that are open, and how many are open
    // in all.
    let (mut path, mut depth): (Vec<String>, usize) = (Vec::new(), 0);
    let (mut buffer, mut text) = (Vec::new(), String::new());
    let mut root = false;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(reason)? {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err("its elements are nested too deep".into());
                }
                if depth <= 4 {
                    path.push(local_name(&tag));
                }
                root |= depth == 1
                    && matches!(
                        &*path[0],
                        "urlset" | "sitemapindex" | "rss" | "RDF" | "feed"
                    );
                text.clear();
                sitemap.pages.extend(atom_link(&path, &tag));
            }
            Event::Empty(tag) => {
                let mut path = path.clone();
                path.push(local_name(&tag));
                root |= depth == 0
                    && matches!(&*path[0], "urlset" | "sitemapindex");
                sitemap.pages.extend(atom_link(&path, &tag));
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => {
                text.push_str(&htmlize::unescape(format!("&{};", &*name)))
            }
            Event::End(_) => {
                let names: Vec<&str> =
                    path.iter().map(String::as_str).collect();
                if depth == names.len() {
                    match names[..] {
                        // An image's or a video's address is no page.
                        ["urlset", "url", "loc"]
                        | ["rss", "channel", "item", "link"]
                        | ["RDF", "item", "link"] => {
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
            Event::Eof if depth > 0 => return Err("it ends too early".into()),
            Event::Eof if root => return Ok(()),
            Event::Eof => {
                return Err("it has neither a urlset nor a sitemapindex".into());
            }
            _ => {}
        }
        if sitemap.pages.len() > MOST_URLS || sitemap.sitemaps.len() > MOST_URLS
        {
            sitemap.pages.truncate(MOST_URLS);
            sitemap.sitemaps.truncate(MOST_URLS);
            return Err(too_many());
        }
    }
}

/// What is wrong, for a person.
fn reason(error: quick_xml::Error) -> String {
    match error {
        quick_xml::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// A name without its prefix: `sm:loc` is `loc`. An image's own `image:loc`
/// stands elsewhere.
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
        let found = all
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.as_ref() == name)?;
        Some(htmlize::unescape_attribute(&*found.value).into_owned())
    };
    if get("rel").is_some_and(|rel| rel != "alternate") {
        None
    } else {
        get("href")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn read_sitemap(xml: &str) -> Result<(Vec<String>, Vec<String>), String> {
        let Sitemap { pages, sitemaps, wrong } = super::read(xml.as_bytes());
        wrong.map_or(Ok((pages, sitemaps)), Err)
    }

    #[test]
    fn what_is_wrong_costs_no_more_than_itself() {
        let urls = |urls: &str| format!("<urlset>{urls}</urlset>");
        let pages = |xml: &str| super::read(xml.as_bytes()).pages;
        let dangling = urls(
            "<url><loc>http://a/?x=1&y=2</loc></url><url><loc>http://b/</loc></url>",
        );
        assert_eq!(pages(&dangling), ["http://a/?x=1&y=2", "http://b/"]);
        let cut = super::read(
            &b"<urlset><url><loc>http://a/</loc></url><url><loc>http://b"[..],
        );
        assert_eq!((cut.pages.len(), cut.wrong.is_some()), (1, true));
        let prefixed = "<sm:urlset><sm:url><sm:loc>http://a/</sm:loc></sm:url></sm:urlset>";
        assert_eq!(pages(prefixed), ["http://a/"]);
        assert_eq!(
            pages("\u{feff}http://a/\n\r\nhttp://b/ \n"),
            ["http://a/", "http://b/"]
        );
        assert_eq!(pages("http://a/\rhttp://b/\r"), ["http://a/", "http://b/"]);
        let rss = "<rss><channel><link>no</link><item><link>http://a/</link></item></channel></rss>";
        assert_eq!(pages(rss), ["http://a/"]);
        let rdf = "<rdf:RDF><channel><link>no</link></channel>\
                   <item><link>http://a/</link></item></rdf:RDF>";
        assert_eq!(pages(rdf), ["http://a/"]);
        let atom = "<feed><link href='no'/><entry><link rel='self' href='no'/>\
                    <link href='http://a/?x&amp;y'/></entry></feed>";
        assert_eq!(pages(atom), ["http://a/?x&y"]);
    }

    #[test]
    fn a_sitemap_is_bounded_as_its_standard_says() {
        let many = "http://a/\n".repeat(MOST_URLS + 1);
        let read = super::read(many.as_bytes());
        assert_eq!(
            (read.pages.len(), read.wrong),
            (MOST_URLS, Some(too_many()))
        );
        let url = "<url><loc>http://a/</loc></url>".repeat(MOST_URLS + 1);
        let read = super::read(format!("<urlset>{url}</urlset>").as_bytes());
        assert_eq!(
            (read.pages.len(), read.wrong),
            (MOST_URLS, Some(too_many()))
        );
        let start = "<urlset><url><loc>http://a/</loc></url><!--";
        let long =
            [start.as_bytes(), &vec![b'x'; MOST_BYTES as usize]].concat();
        for bytes in [gzip(&long), long] {
            let read = super::read(&bytes[..]);
            assert_eq!(read.wrong.as_deref(), Some("it is longer than 50 MB"));
            assert_eq!(read.pages, ["http://a/"], "what comes before is kept");
        }
        let parts = [
            gzip(b"<urlset><url><loc>http://"),
            gzip(b"a/</loc></url></urlset>"),
        ]
        .concat();
        assert_eq!(super::read(&parts[..]).pages, ["http://a/"]);
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder
            .write_all(text)
            .and_then(|()| encoder.finish())
            .expect("a vector takes it")
    }

    #[test]
    fn a_damaged_gzip_file_is_said_to_be_one() {
        let urls: String = (0..1_000)
            .map(|nth| format!("<url><loc>http://a/{nth}</loc></url>"))
            .collect();
        let whole = gzip(format!("<urlset>{urls}</urlset>").as_bytes());
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = whole.clone();
            change(&mut bytes);
            super::read(&bytes[..])
        };
        assert_eq!(
            with(&|bytes| bytes.extend([0; 600])).wrong,
            None,
            "zeros are padding"
        );
        assert_eq!(with(&|bytes| bytes.extend(b"more")).wrong, None);
        for (wrong, change) in [
            (
                "ends too early",
                &(|bytes: &mut Vec<u8>| bytes.truncate(300)) as &dyn Fn(&mut _),
            ),
            ("checksum", &|bytes: &mut Vec<u8>| {
                let at = bytes.len() - 8;
                bytes[at] ^= 1;
            }),
            // Zeros in its middle and at its end, as a download that was broken
            // off leaves them.
            ("broken", &|bytes: &mut Vec<u8>| bytes[200..].fill(0)),
        ] {
            let read = with(change);
            let said = read.wrong.unwrap_or_default();
            assert!(
                said.contains("gzip") && said.contains(wrong),
                "{wrong}: {said}"
            );
        }
    }

    #[test]
    fn whatever_comes_at_once_it_is_the_same_sitemap() {
        /// Hands out a byte at a time.
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                let length = to.len().min(1);
                self.0.read(&mut to[..length])
            }
        }
        let xml =
            "\u{feff} \n<urlset><url><loc>http://a/é</loc></url></urlset>";
        for bytes in [xml.as_bytes().to_vec(), gzip(xml.as_bytes())] {
            assert_eq!(super::read(Slow(&bytes)).pages, ["http://a/é"]);
        }
        let broken = b"http://a/\xe9\nhttp://b/";
        assert_eq!(
            super::read(&broken[..]).pages,
            ["http://a/\u{fffd}", "http://b/"]
        );
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
        assert_eq!(
            read_sitemap(xml),
            Ok((vec![], vec!["http://a/1.xml".into()]))
        );
        assert!(read_sitemap("<html></html>").is_err());
        assert!(read_sitemap("<urlset><url></urlset>").is_err());
        assert!(
            read_sitemap("<urlset><url><loc>http://a/").is_err(),
            "it is cut off"
        );
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
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/sitemap");
        for entry in
            fs::read_dir(folder).expect("the folder is part of the repository")
        {
            let path = entry.expect("it can be listed").path();
            let bytes = fs::read(&path).expect("it can be read");
            let xml = String::from_utf8_lossy(&bytes).into_owned();
            let named = witness::within(Duration::from_secs(240), move || {
                read_sitemap(&xml)
                    .map(|(pages, sitemaps)| (pages, sitemaps, xml))
            });
            let Ok((pages, sitemaps, xml)) = named else { continue };
            let names = || pages.iter().chain(&sitemaps);
            assert!(
                names().all(|name| name.trim() == name),
                "{}",
                path.display()
            );
            assert!(
                names().map(String::len).sum::<usize>() <= 2 * xml.len(),
                "{}",
                path.display()
            );
        }
    }
}
