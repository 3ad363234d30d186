// A harbor has several ferries. Who books seats on one of them has to wait for its skipper, who
// says yes or no. `book` returns how many seats are free afterward, or `None` if there is no such
// ferry, if it has too few seats, or if the skipper says no.
//
// What is wanted: looking at the seats, asking the skipper and taking the seats are one step: who
// books on the same ferry meanwhile waits, first come, first served, and finds the seats as they
// are then. Ferries do not wait for each other. A skipper is asked once, and only if there are
// seats enough; nobody is asked for seats that are not there. 0 seats are a booking like any other.
// Who gives up (the future is dropped) or whose skipper panics has taken nothing and holds up
// nobody. Who waits is not polled for nothing. All of it happens on one thread, with no task. The
// ferries of a harbor never change. You may change what is in `Harbor`.
//
// How it is judged: on a clock that moves only when everybody waits, by what the bookings return,
// and by when which skipper is asked. In one test skippers of 1,100 ferries wait for each other.
//
// Lesson: chapter-03 async-lock

use std::collections::HashMap;
use tokio::sync::Mutex;

struct Harbor {
    /// The free seats, behind a lock for each ferry that may be held while a skipper thinks.
    ferries: HashMap<&'static str, Mutex<u32>>,
}

impl Harbor {
    /// A harbor with these ferries, each with so many free seats.
    fn new(ferries: &[(&'static str, u32)]) -> Harbor {
        let ferries = ferries.iter().map(|&(ferry, seats)| (ferry, Mutex::new(seats)));
        Harbor { ferries: ferries.collect() }
    }

    /// Books so many seats, if the skipper agrees. Returns how many are free afterward.
    async fn book(
        &self,
        ferry: &str,
        seats: u32,
        skipper: impl Future<Output = bool>,
    ) -> Option<u32> {
        let mut free = self.ferries.get(ferry)?.lock().await;
        if *free < seats || !skipper.await {
            return None;
        }
        *free -= seats;
        Some(*free)
    }
}

/// Books the last seats for two, and all seats of another ferry.
#[tokio::main(flavor = "current_thread")]
async fn book_three() {
    let harbor = Harbor::new(&[("north", 3), ("south", 9)]);
    let skipper = async || {
        tokio::task::yield_now().await;
        true
    };
    let (first, second, south) = tokio::join!(
        harbor.book("north", 2, skipper()),
        harbor.book("north", 2, skipper()),
        harbor.book("south", 9, skipper()),
    );
    println!("free afterward: {first:?}, {second:?}, {south:?}");
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), book_three);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use futures::StreamExt;
    use futures::stream::FuturesUnordered;
    use std::future::{pending, ready};
    use std::panic::AssertUnwindSafe;
    use std::pin::Pin;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Drops, Log, Peak, Polls, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// What is called a second here: a clock that ticks in round numbers does not meet it.
    const SECOND: Duration = Duration::from_millis(1_003);

    /// Runs a test on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

    /// The answer, after so many seconds.
    async fn after(seconds: u32, answer: bool) -> bool {
        sleep(seconds * SECOND).await;
        answer
    }

    fn seconds(since: Instant) -> f64 {
        since.elapsed().div_duration_f64(SECOND)
    }

    type Booking<'h> = Pin<Box<dyn Future<Output = ()> + 'h>>;

    /// Runs bookings side by side, each polled when it was woken, or stops after an hour.
    async fn all(bookings: Vec<Booking<'_>>) {
        let mut bookings: FuturesUnordered<_> = bookings.into_iter().collect();
        let ended = timeout(3_600 * SECOND, async { while bookings.next().await.is_some() {} });
        ended.await.expect("some bookings wait for an hour, and for nobody");
    }

    #[test]
    fn a_booking_takes_seats_if_the_skipper_agrees() {
        let free = paused(async || {
            let harbor = Harbor::new(&[("north", 10), ("south", 3)]);
            [
                harbor.book("north", 4, ready(true)).await,
                harbor.book("north", 4, after(2, false)).await,
                harbor.book("north", 6, after(2, true)).await,
                harbor.book("south", 0, after(2, true)).await,
                harbor.book("south", 0, ready(false)).await,
                harbor.book("south", 3, ready(true)).await,
                harbor.book("south", 0, ready(true)).await,
            ]
        });
        let expected = [Some(6), None, Some(0), Some(3), None, Some(0), Some(0)];
        assert_eq!(free, expected, "free seats afterward");
    }

    #[test]
    fn nobody_is_asked_for_seats_that_are_not_there() {
        let (free, asked) = paused(async || {
            let (harbor, asked) = (Harbor::new(&[("north", 3), ("full", 0)]), Peak::new());
            let skipper = async || {
                let _asked = asked.enter();
                true
            };
            let free = [
                harbor.book("north", 4, skipper()).await,
                harbor.book("full", 1, skipper()).await,
                harbor.book("west", 0, skipper()).await,
            ];
            (free, asked.total())
        });
        assert_eq!(free, [None; 3], "too few seats, none at all, and no such ferry");
        assert_eq!(asked, 0, "skippers that were asked");
    }

    #[test]
    fn the_last_seats_are_sold_once() {
        let (sold, (asked, at_once), seconds) = paused(async || {
            let (harbor, sold, asked) = (Harbor::new(&[("north", 9)]), Log::new(), Peak::new());
            let start = Instant::now();
            let skipper = async || {
                let _asked = asked.enter();
                after(1, true).await
            };
            let book = async |nth: u32| {
                if let Some(free) = harbor.book("north", 1, skipper()).await {
                    sold.push((nth, free));
                }
            };
            all((0..40).map(|nth| Box::pin(book(nth)) as Booking).collect()).await;
            (sold.events(), (asked.total(), asked.max()), seconds(start))
        });
        let expected: Vec<_> = (0..9).map(|nth| (nth, 8 - nth)).collect();
        assert_eq!(sold, expected, "who of 40 got one of 9 seats, and how many were free then");
        assert_eq!(asked, 9, "how often the skipper was asked");
        assert_eq!(at_once, 1, "questions to one skipper at the same time");
        assert_eq!(seconds, 9.0, "seconds until all knew");
    }

    #[test]
    fn nobody_is_sent_away_for_seats_that_stay_free() {
        let (first, second) = paused(async || {
            let harbor = Harbor::new(&[("north", 6)]);
            let first = harbor.book("north", 5, after(3, false));
            tokio::join!(first, harbor.book("north", 4, after(1, true)))
        });
        assert_eq!(first, None, "the skipper said no");
        assert_eq!(second, Some(2), "6 seats were free when the skipper had said no to the first");
    }

    #[test]
    fn whatever_somebody_books_they_wait_for_the_skipper() {
        for wanted in [0, 1, 7] {
            let waited = paused(async move || {
                let (harbor, start) = (Harbor::new(&[("north", 6)]), Instant::now());
                let first = harbor.book("north", 2, after(3, true));
                let asked = Log::new();
                let second = async {
                    let skipper = async {
                        asked.push(seconds(start));
                        true
                    };
                    let free = harbor.book("north", wanted, skipper).await;
                    asked.push(seconds(start));
                    free
                };
                let free = tokio::join!(first, second).1;
                (free, asked.events())
            });
            // Who wants too many asks nobody, and knows it when it is their turn.
            let expected =
                if wanted > 4 { (None, vec![3.0]) } else { (Some(4 - wanted), vec![3.0; 2]) };
            assert_eq!(waited, expected, "asked and answered after 3 s; {wanted} seats");
        }
    }

    #[test]
    fn nobody_overtakes_who_was_woken() {
        let (overtakes, order) = paused(async || {
            let (harbor, order) = (Harbor::new(&[("north", 9)]), Log::new());
            let (says, said) = tokio::sync::oneshot::channel();
            let skipper = async |nth: u32| {
                order.push(nth);
                true
            };
            let mut first = Box::pin(harbor.book("north", 1, async { said.await.is_ok() }));
            assert!((&mut first).now_or_never().is_none(), "the skipper thinks");
            let mut second = Box::pin(harbor.book("north", 1, skipper(2)));
            assert!((&mut second).now_or_never().is_none(), "the skipper thinks");
            says.send(()).expect("the skipper is asked");
            first.await;
            // The second is woken, and has not been polled when the third comes.
            let mut third = Box::pin(harbor.book("north", 1, skipper(3)));
            let overtakes = (&mut third).now_or_never().is_some();
            second.await;
            if !overtakes {
                third.await;
            }
            (overtakes, order.events())
        });
        assert!(!overtakes, "who came third went before the second, who had been woken");
        assert_eq!(order, [2, 3], "about whom the skipper was asked");
    }

    #[test]
    fn ferries_do_not_wait_for_each_other() {
        let free = paused(async || {
            // Their names live as long as the test program.
            let ferries: Vec<&str> =
                (0..1_100).map(|nth| &*format!("ferry {nth}").leak()).collect();
            let seats: Vec<_> = ferries.iter().map(|ferry| (*ferry, 5)).collect();
            let harbor = Harbor::new(&seats);
            let (meeting, free) = (Rendezvous::new(1_100), Log::new());
            let skipper = async || {
                meeting.meet_async().await;
                true
            };
            let book = async |ferry| free.push(harbor.book(ferry, 2, skipper()).await);
            let bookings = ferries.into_iter().map(|ferry| Box::pin(book(ferry)) as Booking);
            all(bookings.collect()).await;
            free.events()
        });
        assert_eq!(free, [Some(3); 1_100], "free seats on 1,100 ferries");
    }

    #[test]
    fn first_come_first_served() {
        let (begun, end) = paused(async || {
            let (harbor, begun) = (Harbor::new(&[("north", 90), ("south", 90)]), Log::new());
            let start = Instant::now();
            let skipper = async |nth: u32, takes| {
                begun.push((nth, seconds(start)));
                after(takes, nth.is_multiple_of(2)).await
            };
            let book = async |nth: u32, takes, ferry| {
                // They come one after another, and find the skipper busy.
                sleep(nth * SECOND / 10).await;
                harbor.book(ferry, 1, skipper(nth, takes)).await;
            };
            let takes = [5, 1, 4, 2, 3, 1, 2];
            let mut bookings: Vec<Booking> = vec![Box::pin(book(10, 3, "south"))];
            bookings.extend(
                (0..).zip(takes).map(|(nth, t)| Box::pin(book(nth, t, "north")) as Booking),
            );
            all(bookings).await;
            (begun.events(), seconds(start))
        });
        let expected = vec![
            (0, 0.0),
            (10, 1.0),
            (1, 5.0),
            (2, 6.0),
            (3, 10.0),
            (4, 12.0),
            (5, 15.0),
            (6, 16.0),
        ];
        assert_eq!(begun, expected, "who was asked about, and after how many seconds");
        assert_eq!(end, 18.0, "seconds until all knew");
    }

    #[test]
    fn who_gives_up_takes_nothing_and_holds_up_nobody() {
        let (free, seconds, left) = paused(async || {
            let (harbor, drops) = (Harbor::new(&[("north", 6)]), Drops::new());
            let start = Instant::now();
            let thinks = async || {
                let _guard = drops.guard();
                pending().await
            };
            // The first is being asked about, the second waits. Both give up.
            let first = timeout(3 * SECOND, harbor.book("north", 6, thinks()));
            let second = timeout(2 * SECOND, harbor.book("north", 6, thinks()));
            let third = harbor.book("north", 5, after(1, true));
            let fourth = harbor.book("north", 1, after(1, true));
            let (first, second, third, fourth) = tokio::join!(first, second, third, fourth);
            assert!(first.is_err() && second.is_err(), "both have given up");
            ([third, fourth], seconds(start), drops.alive())
        });
        assert_eq!(free, [Some(1), Some(0)], "free seats after those who did not give up");
        assert_eq!(seconds, 5.0, "the third is asked about when the first has given up, after 3 s");
        assert_eq!(left, 0, "skippers who still think about a booking that was given up");
    }

    #[test]
    fn a_skipper_who_panics_is_no_more_than_a_no() {
        let (panicked, free) = paused(async || {
            let harbor = Harbor::new(&[("north", 6)]);
            let skipper = async {
                after(1, true).await;
                panic!("this skipper panics on purpose")
            };
            let first = AssertUnwindSafe(harbor.book("north", 6, skipper)).catch_unwind();
            let rest = async {
                let second = harbor.book("north", 2, after(1, true)).await;
                (second, harbor.book("north", 4, ready(true)).await)
            };
            let (first, rest) = tokio::join!(first, rest);
            (first.is_err(), rest)
        });
        assert!(panicked, "the panic of a skipper comes out of `book`");
        assert_eq!(free, (Some(4), Some(0)), "free seats afterward");
    }

    #[test]
    fn who_waits_is_polled_when_it_is_their_turn() {
        let (polls, for_nothing) = paused(async || {
            let (harbor, polls) = (Harbor::new(&[("north", 90)]), Polls::new());
            let book = || {
                let booking = polls.watch(harbor.book("north", 1, after(7, true)));
                Box::pin(async { _ = booking.await }) as Booking
            };
            all((0..20).map(|_| book()).collect()).await;
            (polls.count(), polls.spurious())
        });
        assert_eq!(for_nothing, 0, "polls that nobody asked for");
        assert!(polls <= 60, "{polls} polls for 20 bookings: come, be asked about, know");
    }
}
