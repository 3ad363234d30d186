//! Properties that hold for any bytes from outside, on inputs that a fuzzer
//! found worth keeping.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::words::{cuts, is_ignorable, words};
use chapter_06_pipeline::program::digest::{
    CHECKPOINT, Digest, Unreadable, collect, digest,
};
use chapter_06_pipeline::program::index::{Builder, Index, Query};
use chapter_06_pipeline::program::journal::{
    JournalError, Record, RecordedOutcome,
};
use chapter_06_pipeline::program::printable::printable;
use chapter_06_pipeline::program::source::Source;
use chapter_06_pipeline::program::sources::Sources;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{open_journal, try_open_journal};

/// A body, read in each way.
pub(crate) fn html(body: &[u8]) {
    let charsets = [None, Some("utf-8"), Some("utf-16le"), Some("shift_jis")];
    for media_type in [MediaType::Html, MediaType::Xhtml, MediaType::Plain] {
        for charset in charsets {
            match digest(body, media_type, charset) {
                Ok(digest) => check_digest(body, media_type, &digest),
                Err(Unreadable::TooDeep(_)) => {
                    assert!(body.len() > 100_000, "it is not deep")
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

fn check_digest(body: &[u8], media_type: MediaType, digest: &Digest) {
    let Digest { title, text, .. } = digest;
    assert!(
        title.len() + text.len() <= 4 * body.len() + 16,
        "{} bytes",
        text.len()
    );
    assert_eq!(text.trim(), text);
    assert_eq!(title.split_whitespace().collect::<Vec<_>>().join(" "), *title);
    assert!(media_type != MediaType::Plain || title.is_empty());

    // Every word of the title and the text has one position, and its term is
    // what it folds to.
    let mut placed = BTreeMap::new();
    let mut distinct = BTreeSet::new();
    for (term, positions) in digest.terms() {
        assert!(!term.is_empty() && distinct.insert(term));
        assert!(!positions.is_empty() && positions.is_sorted_by(|a, b| a < b));
        for position in positions {
            assert_eq!(
                placed.insert(*position, term),
                None,
                "a position has one word"
            );
        }
    }
    let in_title = words(title).zip(0..);
    let in_text = words(text).zip(digest.body..);
    assert_eq!(digest.body as usize, words(title).count() + 1);
    let mut buffer = String::new();
    let mut count = 0;
    for (word, position) in in_title.chain(in_text) {
        assert_eq!(placed.get(&position), Some(&word.fold(&mut buffer)));
        count += 1;
    }
    assert_eq!((placed.len(), digest.words), (count, count as u32));

    // A snippet begins to read at a checkpoint.
    let every: Vec<usize> =
        words(text).step_by(CHECKPOINT).map(|word| word.at).collect();
    assert_eq!(
        digest
            .checkpoints
            .iter()
            .map(|mark| *mark as usize)
            .collect::<Vec<_>>(),
        every
    );
    for (nth, mark) in every.iter().enumerate() {
        let from_mark = words(&text[*mark..]).map(|word| word.text).take(64);
        assert!(from_mark.eq(
            words(text).map(|word| word.text).skip(nth * CHECKPOINT).take(64)
        ));
    }
    // A run that goes on makes the same of what it noted.
    assert_eq!(
        collect(title.clone(), text.clone(), digest.outline.clone()),
        *digest
    );
}

/// A text and its words.
pub(crate) fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // The definition in `words`, word for word.
    let by_definition = text
        .split(|c: char| {
            c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' && c != '_'
        })
        .flat_map(|part| part.split(cuts))
        .flat_map(str::unicode_words)
        .filter(|word| !word.chars().all(is_ignorable));
    assert!(words(&text).map(|word| word.text).eq(by_definition));
    let (mut end, mut buffer) = (0, String::new());
    for word in words(&text) {
        assert!(word.at >= end);
        end = word.at + word.text.len();
        assert_eq!(&text[word.at..end], word.text);
        let folded = word.fold(&mut buffer);
        assert!(!folded.is_empty());
        // Who looks for the word as it is written looks for this word.
        let typed = [vec![folded.to_owned()]];
        let found: Vec<String> = words(word.text)
            .map(|word| word.fold(&mut String::new()).to_owned())
            .collect();
        assert_eq!([found], typed, "{:?}", word.text);
    }
}

/// A saved index, as it is and with a checksum that is right.
pub(crate) fn index(bytes: &[u8], path: &Path) {
    for bytes in [bytes.to_vec(), sealed_index(bytes)] {
        fs::write(path, &bytes).expect("it can be written");
        match Index::load(path) {
            Ok(index) => use_index(&index, path),
            Err(error) => assert!(error.to_string().contains("index")),
        }
    }
}

/// The file with its lengths and its checksum made right, as far as there are
/// any.
pub(crate) fn sealed_index(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.len() >= 40 {
        let rest = (bytes.len() - 40) as u64;
        let number = |at: usize| {
            u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"))
        };
        let contents = number(16).min(rest);
        let postings = number(24).min(rest - contents);
        let texts = rest - contents - postings;
        for (at, length) in [(16, contents), (24, postings), (32, texts)] {
            bytes[at..at + 8].copy_from_slice(&length.to_le_bytes());
        }
        let checksum = crc32fast::hash(&bytes[16..]);
        bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    }
    bytes
}

/// Asks an index all that can be asked of it.
fn use_index(index: &Index, path: &Path) {
    let _ = (index.words(), index.bytes(), index.occurrences("the"));
    let top: Vec<String> =
        index.top(6).into_iter().map(|(word, _)| word.to_owned()).collect();
    let phrase = format!("\"{}\"", top.join(" "));
    let mut queries = vec![top.join(" "), phrase];
    for word in &top {
        queries.push(word.clone());
        queries.extend(top.iter().map(|next| format!("\"{word} {next}\"")));
    }
    for query in queries {
        let Ok(query) = Query::parse(&query) else { continue };
        check_found(index, &query);
    }
    index.save(path).expect("it can be written");
    assert_eq!(Index::load(path).expect("it was just saved"), *index);
}

fn check_found(index: &Index, query: &Query) {
    let found = index.search(query, 3);
    assert!(
        found.hits.len() <= 3.min(found.total)
            && found.total <= index.documents().len()
    );
    for hit in found.hits {
        assert_eq!(
            printable(&hit.snippet),
            hit.snippet,
            "a terminal would obey it"
        );
        assert!(hit.snippet.len() < 40_000, "it is more than a snippet");
        let mut end = 0;
        for mark in hit.highlights {
            assert!(end <= mark.start && mark.start < mark.end);
            end = mark.end;
            assert!(hit.snippet.get(mark).is_some());
        }
    }
}

/// A query in the first line, and after it pages, between form feeds.
pub(crate) fn query(bytes: &[u8]) {
    let (line, rest) =
        bytes.split_at(bytes.iter().position(|b| *b == b'\n').unwrap_or(0));
    let line = String::from_utf8_lossy(line);
    let Ok(query) = Query::parse(&line) else { return };
    let builder = Builder::new();
    let mut pages = Vec::new();
    for (nth, page) in rest.split(|byte| *byte == b'\x0c').take(50).enumerate()
    {
        let Ok(digest) = digest(page, MediaType::Html, None) else { continue };
        let url = format!("http://example/{nth:02}");
        pages.push((url.clone(), digest.title.clone(), digest.text.clone()));
        builder.add(&url, page.len() as u64, digest);
    }
    let index = builder.finish();
    check_found(&index, &query);

    // What a reader of all pages finds is found. Beside it stands what is
    // called by these words.
    let fold = |text: &str| -> Vec<String> {
        words(text)
            .map(|word| word.fold(&mut String::new()).to_owned())
            .collect()
    };
    let (mut clauses, mut all_phrases) = (Vec::new(), true);
    for (nth, part) in line.split(['"', '\u{201c}', '\u{201d}']).enumerate() {
        match nth % 2 {
            1 => clauses.push(fold(part)),
            _ => {
                all_phrases &= part.trim().is_empty();
                clauses.extend(part.split_whitespace().map(fold));
            }
        }
    }
    clauses.retain(|clause| !clause.is_empty());
    all_phrases &= clauses.iter().all(|clause| clause.len() > 1);
    let has = |(_, title, text): &&(String, String, String)| {
        let (title, text) = (fold(title), fold(text));
        clauses.iter().all(|clause| {
            [&title, &text]
                .iter()
                .any(|words| words.windows(clause.len()).any(|w| w == clause))
        })
    };
    let expected: BTreeSet<&str> =
        pages.iter().filter(has).map(|(url, ..)| &**url).collect();
    let found = index.search(&query, 50);
    assert_eq!(found.total, found.hits.len());
    if found.relaxed.is_some() {
        assert!(!all_phrases || expected.is_empty());
        return;
    }
    let found: BTreeSet<&str> =
        found.hits.iter().map(|hit| hit.document.url()).collect();
    if all_phrases {
        assert_eq!(found, expected);
    }
    // What stands in angle brackets is left out of a path, and some signs mean
    // something.
    if !line.contains(['<', '#', '*']) {
        assert!(found.is_superset(&expected), "{expected:?} {found:?}");
    }
}

/// A journal, as it is and with checksums that are right, in a directory of its
/// own.
pub(crate) fn journal(bytes: &[u8], dir: &Path) {
    let path = dir.join("journal");
    let sources: Vec<Source> = (0..3)
        .map(|n| {
            Source::Url(format!("http://a/{n}").parse().expect("it is a URL"))
        })
        .collect();
    for bytes in [bytes.to_vec(), sealed_journal(bytes)] {
        fs::write(&path, &bytes).expect("it can be written");
        let journal = match try_open_journal(dir, &sources, None) {
            Ok(journal) => journal,
            Err(error) => {
                assert!(!matches!(error, JournalError::Io { .. }), "{error}");
                assert!(error.to_string().contains("state"));
                assert!(
                    fs::read(&path).expect("it is there") == bytes,
                    "it was changed: {error}"
                );
                continue;
            }
        };
        let mut before = journal.replay();
        // It was cut after whole frames, or begun.
        let mut kept = fs::read(&path).expect("it is there");
        assert!(bytes.starts_with(&kept) || before.is_empty());
        let done = RecordedOutcome::Indexed {
            bytes: 1,
            title: "title".into(),
            text: "a text".into(),
            outline: Cow::default(),
        };
        let known =
            Record { outcome: done, links: vec!["http://a/2".into()].into() };
        journal.append("http://a/1", &known).expect("it can be written");
        before.insert("http://a/1".into(), known);
        drop(journal);
        let journal = open_journal(dir, &sources, None);
        assert_eq!(journal.replay(), before);
        let whole = fs::read(&path).expect("it is there");
        assert!(whole.starts_with(&kept));
        // A kill in the middle of the next document loses that one only.
        kept.extend(&whole[kept.len()..whole.len() - 1]);
        fs::write(&path, &kept).expect("it can be written");
        drop(journal);
        let journal = open_journal(dir, &sources, None);
        before.retain(|url, _| url != "http://a/1");
        let mut again = journal.replay();
        again.retain(|url, _| url != "http://a/1");
        assert_eq!(again, before);
    }
}

/// The journal with the checksums of its whole frames made right.
pub(crate) fn sealed_journal(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 18;
    while let Some(prefix) = bytes.get(at..at + 8) {
        let length =
            u32::from_le_bytes(prefix[..4].try_into().expect("four")) as usize;
        let Some(payload) = bytes.get(at + 8..at + 8 + length) else { break };
        let checksum = crc32fast::hash(payload);
        bytes[at + 4..at + 8].copy_from_slice(&checksum.to_le_bytes());
        at += 8 + length;
    }
    bytes
}

/// The lines of a list that look like URLs.
pub(crate) fn list(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines().map(str::trim) {
        if !line.contains("://") || line.to_ascii_lowercase().contains("file") {
            continue;
        }
        let mut sources = Sources::new();
        if let Err(error) = sources.add(line) {
            assert!(!error.to_string().is_empty());
            continue;
        }
        let [source] = &sources.into_vec()[..] else {
            panic!("{line:?} is not one source")
        };
        let Source::Url(url) = source else { panic!("{line:?} is not a URL") };
        assert!(
            matches!(url.scheme(), "http" | "https")
                && url.fragment().is_none()
        );
        assert!(
            source
                .host()
                .is_some_and(|host| host.len() > 2 && !host.starts_with(':'))
        );
        let shown = source.to_string();
        let mut again = Sources::new();
        again.add(&shown).unwrap_or_else(|error| panic!("{shown:?}: {error}"));
        let again = again.into_vec().remove(0);
        assert_eq!(again.to_string(), shown);
        assert_eq!(again.host(), source.host());
        let Source::Url(again) = again else {
            panic!("{shown:?} is not a URL")
        };
        assert!(again.username().is_empty() && again.password().is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use witness::{PATIENT, within};

    /// Checks every file of a folder of the corpus, each named if it fails or
    /// hangs.
    fn each(folder: &str, check: fn(&[u8], &Path)) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/corpus")
            .join(folder);
        let mut files = 0;
        for entry in
            fs::read_dir(&folder).expect("the folder is part of the repository")
        {
            let path = entry.expect("it can be listed").path();
            eprintln!("{}", path.display());
            let bytes = fs::read(&path).expect("it can be read");
            within(PATIENT, move || {
                let place = tempfile::tempdir().expect("a folder for the test");
                check(&bytes, place.path());
            });
            files += 1;
        }
        assert!(files > 0, "{} is empty", folder.display());
    }

    #[test]
    fn bodies() {
        each("html", |bytes, _| html(bytes));
    }

    #[test]
    fn texts() {
        each("text", |bytes, _| text(bytes));
    }

    #[test]
    fn saved_indexes() {
        each("index", |bytes, place| index(bytes, &place.join("index")));
    }

    #[test]
    fn queries() {
        each("query", |bytes, _| query(bytes));
    }

    #[test]
    fn journals() {
        each("journal", journal);
    }

    #[test]
    fn lists() {
        each("list", |bytes, _| list(bytes));
    }

    /// Pages that would take hours if a stage read anything again for each of
    /// its parts. Each stage takes a second or so.
    #[test]
    fn shapes_without_end() {
        let shapes: [fn(usize) -> String; 14] = [
            |n| "<b>".repeat(n) + &"</i>".repeat(n),
            |n| "<b>".repeat(n) + &"<i></i>".repeat(n),
            |n| (0..n).map(|nth| format!("<x{nth}>")).collect(),
            |n| {
                format!(
                    "<a {}>",
                    (0..n).map(|nth| format!("x{nth} ")).collect::<String>()
                )
            },
            |n| "<a ".repeat(n),
            |n| "<!--".repeat(n),
            |n| format!("<title>{}", "</titl".repeat(n)),
            |n| format!("<svg><![CDATA[{}", "]]".repeat(n)),
            |n| "&amp".repeat(n),
            |n| format!("&{}", "a".repeat(n)),
            |n| "a\u{2019}".repeat(n) + "\u{e9}",
            |n| format!("a\u{b7}{}", "\u{301}".repeat(n)),
            |n| "\u{1f469}\u{200d}".repeat(n),
            |n| "\u{3a3}\u{ad}".repeat(n),
        ];
        for (nth, shape) in shapes.into_iter().enumerate() {
            eprintln!("shape {nth}");
            within(PATIENT, move || {
                let page = shape(100_000);
                for media_type in [MediaType::Html, MediaType::Plain] {
                    let _ = digest(page.as_bytes(), media_type, Some("utf-8"));
                }
            });
        }
    }
}
