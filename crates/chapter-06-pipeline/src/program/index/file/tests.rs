use super::super::{Builder, ByteRange};
use super::*;
use crate::program::body::MediaType;
use crate::program::digest::digest;

fn sample() -> Index {
    let builder = Builder::new();
    for (url, text) in
        [("http://a/", "one and two"), ("http://b/", "two and three é")]
    {
        builder.add(
            url,
            10,
            digest(text.as_bytes(), MediaType::Plain, None)
                .expect("it is text"),
        );
    }
    builder.finish()
}

fn saved() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("docs.overlap");
    let size = sample().save(&path).expect("the folder can be written");
    let bytes = fs::read(&path).expect("it was just written");
    assert_eq!(size, bytes.len() as u64);
    (folder, path, bytes)
}

#[test]
fn what_was_saved_is_loaded() {
    let (folder, path, _) = saved();
    assert_eq!(Index::load(&path).expect("it was just saved"), sample());
    let left: Vec<_> =
        fs::read_dir(folder.path()).expect("it is there").collect();
    assert_eq!(left.len(), 1, "the temporary file has become the index");
}

#[test]
fn every_truncation_is_refused() {
    let (_folder, path, bytes) = saved();
    for length in 0..bytes.len() {
        assert!(
            Index::parse(&bytes[..length], &path).is_err(),
            "{length} of {} bytes",
            bytes.len()
        );
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let (_folder, path, bytes) = saved();
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x20;
        assert!(Index::parse(&bytes, &path).is_err(), "byte {at}");
    }
}

#[test]
fn another_version_and_another_file_are_told_apart() {
    let (_folder, path, mut bytes) = saved();
    bytes[8] = 9;
    assert!(matches!(
        Index::parse(&bytes, &path),
        Err(LoadError::Version { found: 9, .. })
    ));
    assert!(matches!(
        Index::parse(b"<html>", &path),
        Err(LoadError::NotAnIndex(_))
    ));
    assert!(matches!(
        Index::load(&path.join("none")),
        Err(LoadError::Io { .. })
    ));
}

#[test]
fn a_folder_that_is_not_there_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    assert!(sample().save(&folder.path().join("none/docs.overlap")).is_err());
}

/// The result of `parse` for an index that was made elsewhere.
fn reloaded(change: impl FnOnce(&mut Index)) -> Result<Index, LoadError> {
    let mut index = sample();
    change(&mut index);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("docs.overlap");
    index.save(&path).expect("the folder can be written");
    Index::load(&path)
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    reloaded(|_| {}).expect("nothing was changed");
    let changes: [fn(&mut Index); 6] = [
        |index| {
            index.contents.documents.iter_mut().for_each(|d| d.bytes = u64::MAX)
        },
        |index| {
            index
                .contents
                .terms
                .iter_mut()
                .for_each(|term| term.occurrences = u64::MAX)
        },
        |index| index.contents.terms.swap(0, 1),
        |index| index.contents.terms[1].postings.start -= 1,
        |index| index.contents.terms[1].postings.length = u64::MAX,
        |index| drop(index.contents.documents.pop()),
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let refused =
            matches!(reloaded(change), Err(LoadError::Damaged { .. }));
        assert!(refused, "change {nth}");
    }
}

#[test]
fn a_list_that_many_terms_share_is_not_read_for_each() {
    witness::within(std::time::Duration::from_secs(240), || {
        let loaded = reloaded(|index| {
            index.postings = [0, 0, 0].repeat(200_000);
            let postings =
                ByteRange { start: 0, length: index.postings.len() as u64 };
            let term = |nth| Term {
                text: format!("{nth:06}").into(),
                occurrences: 1,
                postings,
            };
            index.contents.terms = (0..200_000).map(term).collect();
        });
        assert!(matches!(loaded, Err(LoadError::Damaged { .. })));
    });
}

#[test]
fn saving_that_is_stopped_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("x.overlap");
    let index = sample();
    let mut asked = 0;
    let whole = index.save_unless(&path, || false).expect("it can be saved");
    assert_eq!(std::fs::metadata(&path).expect("it was saved").len(), whole);
    std::fs::remove_file(&path).expect("it is there");
    loop {
        let calls = std::cell::Cell::new(0);
        let stop = || {
            calls.set(calls.get() + 1);
            calls.get() > asked
        };
        match index.save_unless(&path, stop) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::Interrupted),
        }
        let left =
            std::fs::read_dir(folder.path()).expect("it can be listed").count();
        assert_eq!(left, 0, "stopped at question {asked}");
        asked += 1;
    }
    assert!(asked >= 4, "it asked {asked} times");
}
