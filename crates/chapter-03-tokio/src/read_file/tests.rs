use super::figures::{Contents, par_in_a_loop};
use super::*;
use std::pin::pin;
use std::sync::mpsc;
use tokio::task::yield_now;
use witness::{PATIENT, within};

/// Files to read, and a timeline. A timeline records the whole process, so
/// every test here that reads takes its turn.
fn files(
    count: usize,
) -> (timeline::Timeline, tempfile::TempDir, Vec<PathBuf>) {
    let timeline = timeline::timeline("test");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let paths = write_files(folder.path(), count, 100)
        .expect("there is room for files");
    (timeline, folder, paths)
}

/// Runs `job` on a runtime whose pool has one thread, which is busy until `job`
/// has done all that it can do without it.
fn while_the_pool_is_busy<F: Future>(job: F) -> F::Output {
    let tokio = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .expect("one thread");
    let (release, released) = mpsc::channel::<()>();
    tokio.spawn_blocking(move || released.recv());
    let free_the_pool = async {
        for _ in 0..10 {
            yield_now().await;
        }
        drop(release);
    };
    tokio.block_on(futures::future::join(job, free_the_pool)).0
}

#[test]
fn a_file_is_read_by_a_thread_of_the_pool() {
    let (_timeline, _folder, paths) = files(1);
    let pool = Pool::default();
    let tokio = runtime(&pool).expect("a runtime");
    tokio.block_on(async {
        // A file read by the runtime's own thread needs no other.
        fs::read(&paths[0]).expect("the file is there");
    });
    assert!(pool.lock().expect("nobody panics").is_empty());
    tokio.block_on(read_file(&paths[0])).expect("the file is there");
    assert_eq!(*pool.lock().expect("nobody panics"), ["blocking pool"]);
}

#[test]
fn no_file_is_read_while_the_pool_is_busy() {
    within(PATIENT, || {
        let (_timeline, _folder, paths) = files(1);
        while_the_pool_is_busy(async {
            let blocking = pin!(async { in_a_loop(&paths) });
            assert!(
                futures::poll!(blocking).is_ready(),
                "std::fs needs no pool"
            );
            let mut read = pin!(read_file(&paths[0]));
            assert!(futures::poll!(&mut read).is_pending(), "nobody read it");
            assert_eq!(read.await.expect("then it is read"), [b'0'; 100]);
        });
    });
}

#[test]
fn one_after_another_never_has_two_reads_under_way() {
    within(PATIENT, || {
        let (timeline, _folder, paths) = files(9);
        while_the_pool_is_busy(one_after_another(&paths))
            .expect("the files are there");
        assert_eq!(timeline.finish().peak_alive("read"), 1);
    });
}

#[test]
fn at_most_has_as_many_reads_under_way_as_it_may() {
    within(PATIENT, || {
        let (timeline, _folder, paths) = files(9);
        while_the_pool_is_busy(at_most(4, &paths))
            .expect("the files are there");
        assert_eq!(timeline.finish().peak_alive("read"), 4);
    });
}

#[test]
fn by_hand_main_waits_and_the_pool_reads() {
    let (timeline, _folder, paths) = files(1);
    let tokio = runtime(&Pool::default()).expect("a runtime");
    tokio.block_on(read_by_hand(paths[0].clone())).expect("the file is there");
    let recording = timeline.finish();
    let [work, wait] = ["std::fs::read", "spawn_blocking"].map(|name| {
        let row = recording.row(name).expect("it was recorded");
        row.threads()
    });
    assert!(work.is_disjoint(&wait), "{work:?} {wait:?}");
}

/// The outcome of each of the five ways.
fn all_ways(paths: &[PathBuf]) -> [Contents; 5] {
    let tokio = runtime(&Pool::default()).expect("a runtime");
    [
        in_a_loop(paths),
        tokio.block_on(one_after_another(paths)),
        tokio.block_on(at_most(3, paths)),
        tokio.block_on(one_trip(paths.to_vec())),
        par_in_a_loop(paths),
    ]
}

#[test]
fn all_ways_read_the_same_in_the_same_order() {
    let (_timeline, _folder, paths) = files(40);
    let expected: Vec<_> =
        (0..40).map(|number| vec![b'0' + number % 10; 100]).collect();
    for contents in all_ways(&paths) {
        assert_eq!(contents.expect("the files are there"), expected);
    }
}

#[test]
fn every_way_names_the_file_that_is_missing() {
    let (_timeline, folder, mut paths) = files(5);
    let missing = folder.path().join("missing.txt");
    paths.insert(3, missing.clone());
    let by_hand = runtime(&Pool::default())
        .expect("a runtime")
        .block_on(read_by_hand(missing.clone()));
    let errors =
        all_ways(&paths).map(|contents| contents.expect_err("one is missing"));
    for error in errors.into_iter().chain(by_hand.err()) {
        assert_eq!(error.path, missing);
        assert_eq!(error.cause.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("missing.txt"), "{error}");
    }
}
