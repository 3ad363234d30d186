// Fetch a book from each shelf, at most `at_once` at a time: so many people can carry. As soon as
// one is back, the next sets off. Return the books, and the failures, each in any order. A failure
// does not keep the others from coming.
//
// How it is judged: the most fetches under way must be `at_once`, no less and no more. The clock
// moves only when everybody waits, and says exactly when a place was left empty. Polls are counted:
// nobody looks again and again whether a book is there; but when one is back, all who are under way
// may be asked. `at_once` is at least 1.
//
// Lesson: chapter-01 combinators

use futures::executor::block_on;
use futures::stream::{self, StreamExt};

async fn fetch_all<T, E>(
    shelves: Vec<u32>,
    at_once: usize,
    fetch: impl AsyncFn(u32) -> Result<T, E>,
) -> (Vec<T>, Vec<E>) {
    let (mut books, mut failures) = (Vec::new(), Vec::new());
    let mut results = stream::iter(shelves).map(|shelf| fetch(shelf)).buffer_unordered(at_once);
    while let Some(result) = results.next().await {
        match result {
            Ok(book) => books.push(book),
            Err(failure) => failures.push(failure),
        }
    }
    (books, failures)
}

fn main() {
    let fetch = async |shelf| match shelf {
        13 => Err("there is no shelf 13".to_owned()),
        _ => Ok(format!("the book from shelf {shelf}")),
    };
    println!("{:?}", block_on(fetch_all(vec![12, 13, 14], 2, fetch)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep};
    use witness::{Log, Peak, polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    struct Seen {
        books: Vec<u32>,
        failures: Vec<u32>,
        peak: usize,
        fetches: usize,
        /// When they set off, and when they were back, whoever looked then.
        set_off: Vec<Duration>,
        back: Vec<Duration>,
        took: Duration,
        polls: usize,
    }

    /// How long it takes to a shelf: so many hundred seconds, and a little.
    fn away(shelf: u32) -> Duration {
        Duration::from_millis(u64::from(shelf % 100) * 100_003)
    }

    /// Fetches from shelves that are so far away. From the shelves above 100 there comes a failure,
    /// as if they were a hundred less.
    fn fetch(shelves: &[u32], at_once: usize) -> Seen {
        let shelves = shelves.to_vec();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, peak) = (Instant::now(), Peak::new());
                let (set_off, back) = (Log::new(), Log::new());
                let fetch = async |shelf: u32| {
                    let _under_way = peak.enter();
                    set_off.push(start.elapsed());
                    back.push(start.elapsed() + away(shelf));
                    sleep(away(shelf)).await;
                    if shelf < 100 { Ok(shelf) } else { Err(shelf) }
                };
                let (all, polls) = polls(fetch_all(shelves, at_once, fetch));
                let (mut books, mut failures) = all.await;
                books.sort();
                failures.sort();
                let (took, polls) = (start.elapsed(), polls.count());
                let (set_off, mut back) = (set_off.events(), back.events());
                back.sort();
                let (peak, fetches) = (peak.max(), peak.total());
                Seen { books, failures, peak, fetches, set_off, back, took, polls }
            })
        })
    }

    #[test]
    fn the_bound_is_kept_and_used() {
        for at_once in 1..=6 {
            let seen = fetch(&[5, 3, 1, 4, 2, 5, 3, 1, 4, 2], at_once);
            assert_eq!(seen.peak, at_once, "fetches under way at most, of {at_once}");
            assert_eq!(seen.books, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        }
    }

    #[test]
    fn no_place_is_left_empty() {
        // While one carries the first book, or the last, the other can carry all the rest. In any
        // order, and also after a failure, somebody sets off when somebody is back.
        let many: Vec<u32> = (0..41).map(|nth| if nth == 0 { 40 } else { 1 }).collect();
        let cases: [(&[u32], usize); 6] = [
            (&[8, 1, 1, 1, 1, 1, 1, 2], 2),
            (&[2, 1, 1, 1, 1, 1, 1, 8], 2),
            (&[2, 6, 4, 2, 2, 2], 3),
            (&[8, 101, 101, 1, 101, 102, 1], 2),
            (&[1, 101, 102, 1, 103, 101, 8], 2),
            (&many, 2),
        ];
        for (shelves, at_once) in cases {
            let seen = fetch(shelves, at_once);
            let (first, later) = seen.set_off.split_at(at_once);
            assert!(first.iter().all(Duration::is_zero), "the first {at_once} set off at once");
            let back = &seen.back[..later.len()];
            assert_eq!(later, back, "when each of the others set off, and when a place was free");
        }
    }

    #[test]
    fn many_places_are_all_used() {
        let shelves: Vec<u32> = (0..90).map(|nth| 1 + nth % 7).collect();
        for at_once in [9, 16, 40, 90] {
            assert_eq!(fetch(&shelves, at_once).peak, at_once, "fetches under way at most");
        }
        let seen = fetch(&shelves, 1_000);
        assert_eq!((seen.peak, seen.took), (90, away(7)), "there is a place for each");
        assert_eq!(fetch(&[1; 1_100], 1_100).peak, 1_100, "fetches under way at most");
    }

    #[test]
    fn nobody_looks_again_and_again() {
        let seen = fetch(&[8, 1, 1, 1, 1, 1, 1, 2], 2);
        assert!(seen.polls <= 26, "{} polls for 8 books: it was not only woken", seen.polls);
    }

    #[test]
    fn a_failure_keeps_no_other_from_coming() {
        let seen = fetch(&[3, 101, 2, 102, 1, 4], 2);
        assert_eq!((seen.books, seen.failures), (vec![1, 2, 3, 4], vec![101, 102]));
        assert_eq!(seen.fetches, 6, "each shelf is gone to once");
    }

    #[test]
    fn no_shelves_no_books() {
        let seen = fetch(&[], 3);
        assert_eq!((seen.books.len(), seen.failures.len(), seen.took), (0, 0, Duration::ZERO));
        assert_eq!(fetch(&[7], 3).took, away(7));
    }
}
