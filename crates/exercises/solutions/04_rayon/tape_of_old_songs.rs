// An old tape is transcribed. It can only be played from its beginning: `tape` gives one song after
// the other, and `write_down` takes long. As it is, all songs are taken off the tape before the
// first is written down, and there is no room for that. Repair `transcribe`.
//
// What is wanted: all threads of the pool that it is called in write, and no others. Whoever takes
// a song off the tape writes it down before it takes another, so there are never more songs under
// way than threads. Nobody waits for somebody else's song. The result has the songs in the tape's
// order. If a song cannot be written down, that is the result, one such error if there are several;
// what is under way may end, and no further song is taken off the tape. The tape may be empty.
//
// How it is judged: nine songs wait for each other, and the first for many that come later. The
// songs under way are counted, also on a tape on which each is damaged, and on one whose first song
// is.
//
// Lesson: chapter-04 par-bridge

use rayon::prelude::*;

fn transcribe<S: Send, T: Send, E: Send>(
    tape: impl Iterator<Item = S> + Send,
    write_down: impl Fn(S) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let written =
        tape.enumerate().par_bridge().map(|(number, song)| Ok((number, write_down(song)?)));
    // A bridge knows no order, so each song has its number.
    let mut written: Vec<(usize, T)> = written.collect::<Result<_, E>>()?;
    written.sort_unstable_by_key(|(number, _)| *number);
    Ok(written.into_iter().map(|(_, text)| text).collect())
}

fn main() {
    let tape = ["la la la", "oh my river", "fa la la"];
    let write_down = |song: &str| Ok::<_, String>(song.to_uppercase());
    println!("{:?}", transcribe(tape.into_iter(), write_down));
    let damaged = |song: &str| Err::<(), _>(format!("'{song}' is damaged"));
    println!("{:?}", transcribe(tape.into_iter().take(1), damaged));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    struct Seen {
        /// Song `n` is written down as `10 * n`; its number is its error.
        written: Result<Vec<usize>, usize>,
        /// The songs in the order in which somebody began to write them down.
        begun: Vec<usize>,
        /// How many songs were taken off the tape.
        taken: usize,
        /// The most that were off the tape, and not yet written down.
        under_way: usize,
    }

    /// Writes down a tape, on a pool. `work` says whether a song can be written down.
    fn write(
        songs: usize,
        threads: usize,
        work: impl Fn(usize) -> bool + Send + Sync + 'static,
    ) -> Seen {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            let pool = pool.expect("there is room for a few threads");
            let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let (most, begun, writers) = (AtomicUsize::new(0), Log::new(), Threads::new());
            let tape = (0..songs).inspect(|_| {
                let taken = taken.fetch_add(1, SeqCst) + 1;
                most.fetch_max(taken - done.load(SeqCst), SeqCst);
            });
            let write_down = |song: usize| {
                writers.note();
                begun.push(song);
                let sound = work(song);
                done.fetch_add(1, SeqCst);
                if sound { Ok(10 * song) } else { Err(song) }
            };
            let written = pool.install(|| transcribe(tape, write_down));
            let of_the_pool = writers.names().iter().all(|name| name.starts_with("pool "));
            assert!(of_the_pool, "songs were written down by {:?}", writers.names());
            let (taken, under_way) = (taken.load(SeqCst), most.load(SeqCst));
            Seen { written, begun: begun.events(), taken, under_way }
        })
    }

    #[test]
    fn all_songs_are_written_down_in_order() {
        for songs in [0, 1, 2, 9, 100, 1_000] {
            for threads in 1..=4 {
                let mut seen = write(songs, threads, |_| true);
                let written = seen.written.expect("no song is damaged");
                let right = written.into_iter().eq((0..songs).map(|song| 10 * song));
                assert!(right, "{songs} songs, on {threads} threads, are not as on the tape");
                seen.begun.sort();
                assert!(seen.begun.into_iter().eq(0..songs), "each song is written, and once");
            }
        }
    }

    #[test]
    fn nine_songs_are_written_down_at_once() {
        for threads in [9, 64] {
            let (all, missed) = (Rendezvous::new(threads), AtomicBool::new(false));
            let seen = write(3 * threads, threads, move |_| {
                // Who comes after a missed meeting need not wait as well.
                if !missed.load(SeqCst) && all.meet(PATIENCE).is_err() {
                    let known = missed.swap(true, SeqCst);
                    assert!(known, "{threads} songs were never written down at once");
                }
                true
            });
            assert_eq!(seen.written.map(|songs| songs.len()), Ok(3 * threads));
        }
    }

    #[test]
    fn nobody_waits_for_a_slow_song() {
        // The first song is done when two thousand others have been begun. It is still the first.
        // Then each of the two threads has one of the next two songs.
        let pair = Rendezvous::new(2);
        let seen = write(2_100, 2, move |song| {
            if song == 0 || (2_000..=2_002).contains(&song) {
                let met = pair.meet(PATIENCE).is_ok() || song > 0;
                assert!(met, "one song was slow, and the others had to wait for it");
            }
            true
        });
        let written = seen.written.expect("no song is damaged");
        assert!(written.into_iter().eq((0..2_100).map(|song| 10 * song)), "songs in another order");
    }

    #[test]
    fn there_are_never_more_songs_under_way_than_threads() {
        for threads in [1, 2, 3, 9] {
            let under_way = write(400, threads, |_| true).under_way;
            let few = under_way <= threads;
            assert!(few, "{under_way} songs were off the tape at once, on {threads} threads");
        }
    }

    #[test]
    fn a_damaged_song_is_the_result() {
        for (songs, damaged) in [(1, 0), (2, 1), (9, 4), (100, 99)] {
            for threads in 1..=4 {
                let written = write(songs, threads, move |song| song != damaged).written;
                assert_eq!(written, Err(damaged), "song {damaged} of {songs} is damaged");
            }
        }
    }

    #[test]
    fn if_each_song_is_damaged_each_thread_notices_one() {
        for threads in [1, 2, 3, 9] {
            let seen = write(400, threads, |_| false);
            let error = seen.written.expect_err("each song is damaged");
            assert!(seen.begun.contains(&error), "error {error} is of no song that was begun");
            let taken = seen.taken;
            assert!(taken <= threads, "{taken} damaged songs were taken, by {threads} threads");
        }
    }

    #[test]
    fn after_a_damaged_song_the_tape_stops() {
        for threads in [1, 2, 9] {
            let damaged = Arc::new(AtomicBool::new(false));
            let seen = write(2_000, threads, move |song| {
                // Those who write on do so slowly.
                if damaged.load(SeqCst) {
                    thread::sleep(Duration::from_millis(threads as u64));
                }
                damaged.fetch_or(song == 0, SeqCst);
                song > 0
            });
            assert_eq!(seen.written, Err(0), "the first song is damaged");
            let taken = seen.taken;
            assert!(taken < 2_000, "the first song was damaged, and the tape was read to its end");
        }
    }

    #[test]
    fn a_song_has_its_place_when_it_is_taken() {
        let (taken, written) = within(LIMIT, || {
            let (taken, begun) = (AtomicUsize::new(0), Instant::now());
            let tape = std::iter::from_fn(|| {
                let goes_on = begun.elapsed() < Duration::from_millis(600);
                goes_on.then(|| taken.fetch_add(1, SeqCst))
            });
            // One of two that write is stopped anywhere, and the other takes a song meanwhile, unless
            // the first has the tape.
            let pool = ThreadPoolBuilder::new().num_threads(2).use_current_thread().build();
            let pool = pool.expect("there is room for one more thread");
            let write = || pool.install(|| transcribe(tape, Ok::<_, ()>));
            let wait = || {
                let (before, stopped) = (taken.load(SeqCst), Instant::now());
                while taken.load(SeqCst) < before + 2
                    && stopped.elapsed() < Duration::from_millis(1)
                {
                    thread::yield_now();
                }
            };
            let written = exercises::stopped_anywhere(write, wait).expect("no song is damaged");
            (taken.into_inner(), written)
        });
        assert!(written.into_iter().eq(0..taken), "songs are missing, or not in the tape's order");
    }
}
