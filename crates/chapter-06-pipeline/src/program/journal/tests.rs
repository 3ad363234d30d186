use super::*;
use crate::program::digest::Heading;
use crate::program::failure::Kind;

fn sources(count: u32) -> Vec<Source> {
    (0..count)
        .map(|n| {
            Source::Url(format!("http://a/{n}").parse().expect("it is a URL"))
        })
        .collect()
}

fn indexed(n: u32) -> Record<'static> {
    let (title, text) = (format!("title {n}").into(), "text ".repeat(5).into());
    let heading = Heading { start: 1, end: 4, level: 2, anchor: "x".into() };
    let outline =
        Outline { language: "de".into(), headings: vec![heading], linked: 7 };
    let outline = Cow::Owned(outline);
    let done =
        RecordedOutcome::Indexed { bytes: u64::from(n), title, text, outline };
    Record { outcome: done, links: vec![url(n + 1), url(n + 2)].into() }
}

fn failure() -> Record<'static> {
    let failure = Failure {
        url: "http://a/1".into(),
        kind: Kind::Dns,
        detail: "gone".into(),
    };
    RecordedOutcome::Failed(Cow::Owned(failure)).into()
}

fn url(n: u32) -> String {
    format!("http://a/{n}")
}

fn all() -> Replay {
    Replay::from([
        (url(0), indexed(0)),
        (url(1), failure()),
        (url(2), indexed(2)),
    ])
}

/// A directory with a state of three documents, and the bytes of its journal.
fn sample() -> (tempfile::TempDir, Vec<u8>) {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let journal =
        Journal::open(dir.path(), &sources(3), None).expect("it can be made");
    journal.append(&url(2), &indexed(2)).expect("it can be written");
    journal.append(&url(1), &failure()).expect("it can be written");
    journal.append(&url(0), &indexed(0)).expect("it can be written");
    drop(journal);
    let bytes = fs::read(dir.path().join("journal")).expect("it is there");
    (dir, bytes)
}

fn reopen(dir: &Path, bytes: &[u8]) -> Result<Journal, JournalError> {
    fs::write(dir.join("journal"), bytes).expect("it can be written");
    Journal::open(dir, &sources(3), None)
}

#[test]
fn what_was_noted_is_there_at_the_next_start() {
    let (dir, _) = sample();
    let journal =
        Journal::open(dir.path(), &sources(3), None).expect("it is there");
    assert_eq!(journal.replay(), all());
}

#[test]
fn a_kill_at_any_byte_loses_the_last_document_at_most() {
    let (dir, bytes) = sample();
    let mut most = 0;
    for length in 0..=bytes.len() {
        let journal = reopen(dir.path(), &bytes[..length])
            .expect("a torn end is repaired");
        let before = journal.replay();
        assert!(
            (most..=3).contains(&before.len()),
            "{length} bytes: {before:?}"
        );
        most = before.len();
        // It goes on as if nothing had happened.
        for n in (0..3).filter(|n| !before.contains_key(&url(*n))) {
            journal.append(&url(n), &indexed(n)).expect("it can be written");
        }
        drop(journal);
        let journal =
            Journal::open(dir.path(), &sources(3), None).expect("it is whole");
        assert_eq!(journal.replay().len(), 3, "{length} bytes");
    }
    assert_eq!(most, 3);
}

#[test]
fn a_length_that_was_changed_is_damage_and_no_torn_end() {
    let (dir, bytes) = sample();
    // Each frame but the last: its length, as if it ran out of the file.
    let mut at = PREAMBLE;
    let mut frames = Vec::new();
    while at < bytes.len() {
        frames.push(at);
        let length = u32::from_le_bytes(
            bytes[at..at + 4].try_into().expect("four bytes"),
        );
        at += PREFIX + length as usize;
    }
    let (last, others) = frames.split_last().expect("there are four");
    for at in others {
        let mut damaged = bytes.clone();
        damaged[at + 3] = 0x7f;
        let refused = reopen(dir.path(), &damaged)
            .expect_err("documents stand behind it");
        assert!(
            matches!(refused, JournalError::Damaged { .. }),
            "{at}: {refused}"
        );
        assert_eq!(
            fs::read(dir.path().join("journal")).expect("it is there"),
            damaged
        );
    }
    let mut torn = bytes.clone();
    torn[last + 3] = 0x7f;
    assert_eq!(reopen(dir.path(), &torn).expect("its end is torn").done(), 2);
}

#[test]
fn zeros_at_the_end_are_a_torn_end() {
    let (dir, mut bytes) = sample();
    bytes.extend_from_slice(&[0; 100]);
    assert_eq!(
        reopen(dir.path(), &bytes)
            .expect("a machine that fell leaves zeros")
            .done(),
        3
    );
}

#[test]
fn a_flipped_byte_is_never_a_wrong_document() {
    let (dir, bytes) = sample();
    let whole = all();
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x04;
        if let Ok(journal) = reopen(dir.path(), &bytes) {
            for (url, done) in journal.replay() {
                assert_eq!(whole.get(&url), Some(&done), "byte {at}");
            }
        }
    }
}

#[test]
fn what_the_machine_left_as_zeros_is_cut_off() {
    let (dir, mut bytes) = sample();
    bytes.extend([0; 4096]);
    let journal = reopen(dir.path(), &bytes).expect("zeros are no frame");
    assert_eq!(journal.replay().len(), 3);
}

#[test]
fn other_sources_are_told_apart_by_name() {
    let (dir, _) = sample();
    let error = |count| {
        Journal::open(dir.path(), &sources(count), None)
            .expect_err("they differ")
            .to_string()
    };
    assert!(
        error(2).contains("'http://a/2' is not among them now"),
        "{}",
        error(2)
    );
    assert!(
        error(4).contains("'http://a/3' was not among them"),
        "{}",
        error(4)
    );
    let deeper = Journal::open(dir.path(), &sources(3), Some(2))
        .expect_err("it follows links");
    let says = "was begun without --follow and not with --follow 2";
    assert!(deeper.to_string().contains(says), "{deeper}");
    Journal::open(dir.path(), &sources(3), None).expect("it is as it was");
}

#[test]
fn what_is_no_state_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let text = b"my diary, 1989";
    assert!(matches!(
        reopen(dir.path(), text),
        Err(JournalError::NotAJournal(_))
    ));
    assert_eq!(
        fs::read(dir.path().join("journal")).expect("it is there"),
        text
    );
    let mut bytes = MAGIC.to_vec();
    bytes.extend(9_u32.to_le_bytes());
    assert!(matches!(
        reopen(dir.path(), &bytes),
        Err(JournalError::Version { found: 9, .. })
    ));
}

#[test]
fn only_one_run_has_it() {
    let (dir, _) = sample();
    let _held =
        Journal::open(dir.path(), &sources(3), None).expect("it is there");
    let second = Journal::open(dir.path(), &sources(3), None);
    assert!(matches!(second, Err(JournalError::InUse(_))), "{second:?}");
}

#[test]
fn a_file_in_the_directorys_place_is_an_error() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let file = dir.path().join("file");
    fs::write(&file, "x").expect("it can be written");
    assert!(matches!(
        Journal::open(&file, &sources(1), None),
        Err(JournalError::Io { .. })
    ));
}

#[test]
fn what_is_no_journal_is_not_taken_into_memory() {
    let (dir, bytes) = sample();
    let path = dir.path().join("journal");
    // The file takes no room on the disk: it is a hole. In memory it would take
    // half of a terabyte.
    let file = File::options().write(true).open(&path).expect("it is there");
    file.set_len(512 << 30).expect("the file system knows holes");
    let error = Journal::open(dir.path(), &sources(3), None)
        .expect_err("there is a hole in it");
    assert!(
        matches!(error, JournalError::Damaged { at, .. } if at == bytes.len() as u64),
        "{error}"
    );
    // So with a hole in place of the first frame.
    file.set_len(PREAMBLE as u64)
        .and_then(|()| file.set_len(512 << 30))
        .expect("as before");
    let error = Journal::open(dir.path(), &sources(3), None)
        .expect_err("there is nothing in it");
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    assert_eq!(
        file.metadata().expect("it is there").len(),
        512 << 30,
        "nothing was changed"
    );
}

#[test]
fn the_options_that_it_was_begun_with_are_known() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let open = |options| {
        let journal =
            Journal::open_with(dir.path(), &sources(1), None, options);
        journal.expect("it can be made").begun_with().to_owned()
    };
    assert_eq!(open("--max-body 1 MiB"), "--max-body 1 MiB");
    assert_eq!(open("--max-body 2 MiB"), "--max-body 1 MiB");
}
