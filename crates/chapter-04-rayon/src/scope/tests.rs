use super::*;
use crate::testing::pool;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use witness::{Log, PATIENT, Rendezvous, within};

/// A file with this number of words, or a folder.
#[derive(Clone, Debug)]
enum Tree {
    File(u32),
    Folder(Vec<Tree>),
}

/// A drive in memory, that notes what was read. An entry is called by its place
/// in its folder.
#[derive(Default)]
struct Memory {
    folders: BTreeMap<PathBuf, (Vec<PathBuf>, Vec<PathBuf>)>,
    files: BTreeMap<PathBuf, u32>,
    read: Log<PathBuf>,
}

impl Memory {
    fn with(tree: &[Tree]) -> Self {
        let mut memory = Memory::default();
        memory.put(Path::new("root"), tree);
        memory
    }

    fn put(&mut self, folder: &Path, entries: &[Tree]) {
        let mut listing = (Vec::new(), Vec::new());
        for (entry, path) in
            entries.iter().zip((0..).map(|n| folder.join(n.to_string())))
        {
            match entry {
                Tree::File(words) => {
                    self.files.insert(path.clone(), *words);
                    listing.1.push(path);
                }
                Tree::Folder(entries) => {
                    self.put(&path, entries);
                    listing.0.push(path);
                }
            }
        }
        self.folders.insert(folder.to_owned(), listing);
    }
}

impl Drive for Memory {
    fn list(&self, folder: &Path) -> io::Result<Listing> {
        let (folders, files) =
            self.folders.get(folder).ok_or(io::ErrorKind::NotFound)?.clone();
        Ok(Listing { folders, files })
    }

    /// A file of no words cannot be read.
    fn words(&self, file: &Path) -> io::Result<u64> {
        self.read.push(file.to_owned());
        let words = self.files[file];
        if words == 0 {
            Err(io::ErrorKind::InvalidData.into())
        } else {
            Ok(words.into())
        }
    }
}

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let file = (1..=u32::MAX).prop_map(Tree::File);
    let tree = file.prop_recursive(4, 60, 8, |entry| {
        prop::collection::vec(entry, 0..8).prop_map(Tree::Folder)
    });
    prop::collection::vec(tree, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn all_walks_read_every_file_once(tree in trees(), threads in 1_usize..=16) {
        let root = Path::new("root");
        let walks: [fn(&Memory, &Path) -> io::Result<u64>; 3] =
            [words, par_words, par_words_collected];
        for walk in walks {
            let drive = Memory::with(&tree);
            let total = drive.files.values().copied().map(u64::from).sum::<u64>();
            let found = pool(threads).install(|| walk(&drive, root));
            prop_assert_eq!(found.expect("all can be read"), total);
            let mut read = drive.read.events();
            read.sort_unstable();
            prop_assert!(read.iter().eq(drive.files.keys()));
        }
    }
}

#[test]
fn an_error_is_told_and_ends_the_walk() {
    let tree = [
        Tree::Folder(vec![Tree::File(1), Tree::File(2)]),
        Tree::File(3),
        Tree::File(0),
    ];
    for threads in [1, 2, 16] {
        for walk in [words, par_words, par_words_collected] {
            let drive = Memory::with(&tree);
            let found =
                pool(threads).install(|| walk(&drive, Path::new("root")));
            assert_eq!(
                found.expect_err("unreadable").kind(),
                io::ErrorKind::InvalidData
            );
        }
    }
    // One thread takes the task that was spawned last: the one that fails.
    let drive = Memory::with(&tree);
    pool(1)
        .install(|| par_words(&drive, Path::new("root")))
        .expect_err("unreadable");
    assert_eq!(drive.read.events(), [Path::new("root/2")]);
    let nowhere = pool(2).install(|| par_words(&drive, Path::new("nowhere")));
    assert_eq!(nowhere.expect_err("not there").kind(), io::ErrorKind::NotFound);
}

/// A folder with two files and a folder. Listing the inner folder and counting
/// the files wait for each other.
struct Meeting {
    all: Rendezvous,
    deadline: Duration,
    met: Log<bool>,
}

impl Meeting {
    fn meet(&self) {
        self.met.push(self.all.meet(self.deadline).is_ok());
    }
}

impl Drive for Meeting {
    fn list(&self, folder: &Path) -> io::Result<Listing> {
        if folder.ends_with("inner") {
            self.meet();
            return Ok(Listing::default());
        }
        let [inner, a, b] = ["inner", "a", "b"].map(|name| folder.join(name));
        Ok(Listing { folders: vec![inner], files: vec![a, b] })
    }

    fn words(&self, _: &Path) -> io::Result<u64> {
        self.meet();
        Ok(1)
    }
}

fn meet(
    threads: usize,
    deadline: Duration,
    walk: fn(&Meeting, &Path) -> io::Result<u64>,
) -> Vec<bool> {
    within(PATIENT, move || {
        let drive =
            Meeting { all: Rendezvous::new(3), deadline, met: Log::new() };
        let found = pool(threads).install(|| walk(&drive, Path::new("outer")));
        assert_eq!(found.expect("nothing fails"), 2);
        drive.met.events()
    })
}

#[test]
fn in_a_scope_files_are_counted_while_a_folder_is_listed() {
    assert_eq!(meet(3, PATIENT / 2, par_words), [true; 3]);
}

#[test]
fn collected_first_or_on_one_thread_nothing_overlaps() {
    let short = Duration::from_millis(10);
    assert_eq!(meet(3, short, par_words_collected), [false; 3]);
    assert_eq!(meet(3, short, words), [false; 3]);
    assert_eq!(meet(1, short, par_words), [false; 3]);
}

#[test]
fn real_folders_are_walked_and_drawn() {
    let home = tempfile::tempdir().expect("room for a folder");
    let drive = SlowDrive { pause: Duration::ZERO };
    for (folder, text) in
        [("a", "one"), ("a/b", "two words"), ("c", ""), ("d", "and \n 3")]
    {
        let folder = home.path().join(folder);
        fs::create_dir(&folder).expect("it is new");
        fs::write(folder.join("letter.txt"), text).expect("it is new");
    }
    let timeline = timeline::timeline("test");
    let found = pool(2).install(|| {
        [words(&drive, home.path()), par_words(&drive, home.path())]
            .map(|found| found.expect("all can be read"))
    });
    let recording = timeline.finish();
    assert_eq!(found, [5, 5]);
    assert_eq!(
        recording
            .rows
            .iter()
            .filter(|row| row.label() == "list folder=b")
            .count(),
        2
    );
    let counts = recording
        .rows
        .iter()
        .filter(|row| row.label() == "count file=letter.txt");
    assert_eq!(counts.count(), 8);
}

#[test]
fn the_timeline_shows_that_nothing_overlaps_after_collecting() {
    let home = tempfile::tempdir().expect("room for a folder");
    fs::create_dir(home.path().join("inner")).expect("it is new");
    fs::write(home.path().join("letter.txt"), "a word").expect("it is new");
    let timeline = timeline::timeline("test");
    let drive = SlowDrive { pause: Duration::ZERO };
    pool(2)
        .install(|| par_words_collected(&drive, home.path()))
        .expect("all can be read");
    let recording = timeline.finish();
    let listed =
        recording.named("list").map(|row| row.end).max().expect("two lists");
    let counted =
        recording.row("count file=letter.txt").expect("it was counted");
    assert!(listed <= counted.start);
}

#[test]
fn an_error_names_its_path() {
    let _turn = timeline::timeline("test");
    let drive = SlowDrive { pause: Duration::ZERO };
    let nowhere = Path::new("/nowhere/at/all");
    for found in [drive.words(nowhere), par_words(&drive, nowhere)] {
        let error = found.expect_err("it is not there");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(
            error.to_string().starts_with("'/nowhere/at/all': "),
            "{error}"
        );
    }
}
