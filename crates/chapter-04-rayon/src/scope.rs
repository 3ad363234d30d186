//! The tasks of a scope borrow what stands outside it, and spawn more tasks while they run.
//!
//! A task spawned without a scope may run on after this function has returned, when `total` is gone:
//!
//! ```compile_fail,E0373
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! pub fn count() -> u64 {
//!     let total = AtomicU64::new(0);
//!     rayon::spawn(|| _ = total.fetch_add(1, Relaxed));
//!     total.load(Relaxed)
//! }
//! ```

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{Scope, ThreadPoolBuilder};
use tracing::info_span;

// ANCHOR: drive
/// Where folders are listed and files are read.
pub trait Drive: Sync {
    /// What is in a folder.
    fn list(&self, folder: &Path) -> io::Result<Listing>;

    /// The number of words in a file.
    fn words(&self, file: &Path) -> io::Result<u64>;
}

/// What is in a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// The folders in it.
    pub folders: Vec<PathBuf>,
    /// The files in it.
    pub files: Vec<PathBuf>,
}
// ANCHOR_END: drive

// ANCHOR: words
/// The number of words in all files under a folder.
pub fn words(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let listing = drive.list(folder)?;
    let mut total = 0;
    for file in listing.files {
        total += drive.words(&file)?;
    }
    for folder in listing.folders {
        total += words(drive, &folder)?;
    }
    Ok(total)
}
// ANCHOR_END: words

// ANCHOR: par_words
/// [`words`], counted on the threads of the current pool. If there are several errors, it returns
/// the one that came first.
pub fn par_words(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let walk = Walk { drive, total: AtomicU64::new(0), failure: OnceLock::new() };
    rayon::scope(|scope| walk.visit(folder, scope));
    // All tasks have ended, so nobody borrows `walk` anymore.
    walk.failure.into_inner().map_or(Ok(walk.total.into_inner()), Err)
}

/// What the tasks of a walk share.
struct Walk<'a, D> {
    drive: &'a D,
    total: AtomicU64,
    failure: OnceLock<io::Error>,
}

impl<D: Drive> Walk<'_, D> {
    /// Spawns a task for everything in the folder. Each borrows this walk, which outlives the scope.
    fn visit<'scope>(&'scope self, folder: &Path, scope: &Scope<'scope>) {
        let Some(listing) = self.unless_failed(|| self.drive.list(folder)) else { return };
        for folder in listing.folders {
            scope.spawn(move |scope| self.visit(&folder, scope));
        }
        for file in listing.files {
            scope.spawn(move |_| {
                let words = self.unless_failed(|| self.drive.words(&file));
                self.total.fetch_add(words.unwrap_or(0), Relaxed);
            });
        }
    }

    /// Does a step of the walk, or nothing once a step has failed.
    fn unless_failed<T>(&self, step: impl FnOnce() -> io::Result<T>) -> Option<T> {
        if self.failure.get().is_some() {
            return None;
        }
        // `set` is refused if another step failed meanwhile: one error is told.
        step().map_err(|error| self.failure.set(error)).ok()
    }
}
// ANCHOR_END: par_words

// ANCHOR: collected
/// Wrong: nothing is counted before the last folder has been listed.
pub fn par_words_collected(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let mut files = Vec::new();
    collect(drive, folder, &mut files)?;
    files.par_iter().map(|file| drive.words(file)).sum()
}

fn collect(drive: &impl Drive, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let listing = drive.list(folder)?;
    files.extend(listing.files);
    listing.folders.iter().try_for_each(|folder| collect(drive, folder, files))
}
// ANCHOR_END: collected

// ANCHOR: slow_drive
/// The file system, with a pause before each listing, as on a drive far away.
#[derive(Clone, Copy, Debug)]
pub struct SlowDrive {
    /// How long each pause is.
    pub pause: Duration,
}

impl Drive for SlowDrive {
    fn list(&self, folder: &Path) -> io::Result<Listing> {
        info_span!("list", folder = name(folder)).in_scope(|| {
            thread::sleep(self.pause);
            let mut listing = Listing::default();
            for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
                let entry = entry?;
                let is_folder = entry.file_type()?.is_dir();
                if is_folder { &mut listing.folders } else { &mut listing.files }
                    .push(entry.path());
            }
            // The system has its own order.
            listing.folders.sort();
            listing.files.sort();
            Ok(listing)
        })
    }

    fn words(&self, file: &Path) -> io::Result<u64> {
        info_span!("count", file = name(file)).in_scope(|| {
            let text = fs::read_to_string(file).map_err(|error| at(file, &error))?;
            Ok(text.split_whitespace().count() as u64)
        })
    }
}
// ANCHOR_END: slow_drive

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("?")
}

/// The error with the path, which the standard library leaves out.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("'{}': {error}", path.display()))
}

/// Counts the words in a folder of letters: list by list, after collecting, and while listing.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
    // Removed when it is dropped.
    let home = tempfile::tempdir()?;
    let letters = home.path().join("letters");
    write_letters(&letters)?;
    let drive = SlowDrive { pause: Duration::from_millis(4) };

    let timeline = lessons::timeline("collected first: nothing is counted before the last list");
    let found = pool.install(|| par_words_collected(&drive, &letters))?;
    timeline.draw();
    println!("words: {found}\n");

    let timeline = lessons::timeline("scope: each folder and each file is a task");
    let found = pool.install(|| par_words(&drive, &letters))?;
    timeline.draw();
    println!("words: {found}\n");
    println!("words, counted on one thread: {}", words(&drive, &letters)?);
    home.close()?;
    Ok(())
}

/// Four years of letters, two to a year.
fn write_letters(folder: &Path) -> io::Result<()> {
    for year in 1840..1844 {
        let folder = folder.join(year.to_string());
        fs::create_dir_all(&folder)?;
        for month in ["may", "june"] {
            let file = folder.join(format!("{month}-{year}.txt"));
            fs::write(file, "My dear Ada, the Engine is not finished. ".repeat(25_000))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PATIENT, pool};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use witness::{Log, Rendezvous, within};

    /// A file of so many words, or a folder.
    #[derive(Clone, Debug)]
    enum Tree {
        File(u32),
        Folder(Vec<Tree>),
    }

    /// A drive in memory, that notes what was read. An entry is called by its place in its folder.
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
            for (entry, path) in entries.iter().zip((0..).map(|n| folder.join(n.to_string()))) {
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
            let (folders, files) = self.folders.get(folder).ok_or(io::ErrorKind::NotFound)?.clone();
            Ok(Listing { folders, files })
        }

        /// A file of no words cannot be read.
        fn words(&self, file: &Path) -> io::Result<u64> {
            self.read.push(file.to_owned());
            let words = self.files[file];
            if words == 0 { Err(io::ErrorKind::InvalidData.into()) } else { Ok(words.into()) }
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
        let tree = [Tree::Folder(vec![Tree::File(1), Tree::File(2)]), Tree::File(3), Tree::File(0)];
        for threads in [1, 2, 16] {
            for walk in [words, par_words, par_words_collected] {
                let drive = Memory::with(&tree);
                let found = pool(threads).install(|| walk(&drive, Path::new("root")));
                assert_eq!(found.expect_err("unreadable").kind(), io::ErrorKind::InvalidData);
            }
        }
        // One thread takes the task that was spawned last: the one that fails.
        let drive = Memory::with(&tree);
        pool(1).install(|| par_words(&drive, Path::new("root"))).expect_err("unreadable");
        assert_eq!(drive.read.events(), [Path::new("root/2")]);
        let nowhere = pool(2).install(|| par_words(&drive, Path::new("nowhere")));
        assert_eq!(nowhere.expect_err("not there").kind(), io::ErrorKind::NotFound);
    }

    /// A folder with two files and a folder. Listing the inner folder and counting the files wait
    /// for each other.
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
            let drive = Meeting { all: Rendezvous::new(3), deadline, met: Log::new() };
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
        for (folder, text) in [("a", "one"), ("a/b", "two words"), ("c", ""), ("d", "and \n 3")] {
            let folder = home.path().join(folder);
            fs::create_dir(&folder).expect("it is new");
            fs::write(folder.join("letter.txt"), text).expect("it is new");
        }
        let timeline = lessons::timeline("test");
        let found = pool(2).install(|| {
            [words(&drive, home.path()), par_words(&drive, home.path())]
                .map(|found| found.expect("all can be read"))
        });
        let recording = timeline.finish();
        assert_eq!(found, [5, 5]);
        assert_eq!(recording.rows.iter().filter(|row| row.label() == "list folder=b").count(), 2);
        let counts = recording.rows.iter().filter(|row| row.label() == "count file=letter.txt");
        assert_eq!(counts.count(), 8);
    }

    #[test]
    fn the_timeline_shows_that_nothing_overlaps_after_collecting() {
        let home = tempfile::tempdir().expect("room for a folder");
        fs::create_dir(home.path().join("inner")).expect("it is new");
        fs::write(home.path().join("letter.txt"), "a word").expect("it is new");
        let timeline = lessons::timeline("test");
        let drive = SlowDrive { pause: Duration::ZERO };
        pool(2).install(|| par_words_collected(&drive, home.path())).expect("all can be read");
        let recording = timeline.finish();
        let listed = recording.named("list").map(|row| row.end).max().expect("two lists");
        let counted = recording.row("count file=letter.txt").expect("it was counted");
        assert!(listed <= counted.start);
    }

    #[test]
    fn an_error_names_its_path() {
        let _turn = lessons::timeline("test");
        let drive = SlowDrive { pause: Duration::ZERO };
        let nowhere = Path::new("/nowhere/at/all");
        for found in [drive.words(nowhere), par_words(&drive, nowhere)] {
            let error = found.expect_err("it is not there");
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(error.to_string().starts_with("'/nowhere/at/all': "), "{error}");
        }
    }
}
