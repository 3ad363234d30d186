// A shop takes points, and `price` says how many: it depends on how many the customer has. `spend`
// takes them off and returns what it took, or `None` if there are fewer, and then takes nothing.
// Meanwhile other threads earn and spend points of the same customer.
//
// What is wanted: seeing and taking off are one step. The price that is paid is the price for the
// points that were there when it was paid, and no other thread's change is lost.
//
// How it is judged: while `price` works, the test changes the points, once or as often as it is asked
// for. Two customers spend all they can at the same time, and somebody reads the points all the while.
//
// Lesson: chapter-00 atomics

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    // TODO: these are two steps.
    let seen = points.load(Ordering::Relaxed);
    let paid = price(seen);
    let left = seen.checked_sub(paid)?;
    points.store(left, Ordering::Relaxed);
    Some(paid)
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, OnceLock};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{Log, thread_cpu_time, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// How long this thread has computed: on a busy machine the clock on the wall runs ahead of it.
    fn computed() -> Duration {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        thread_cpu_time().unwrap_or_else(|| BEGUN.get_or_init(Instant::now).elapsed())
    }

    /// Spends from `points` while other threads do what is in `changes`: the first of them during
    /// the first call of `price`, and so on. Returns what was paid, what is left, and what points
    /// the calls of `price` saw.
    fn interrupted(
        points: u32,
        changes: &'static [i32],
        price: impl Fn(u32) -> u32 + Send + 'static,
    ) -> (Option<u32>, u32, Vec<u32>) {
        let (points, log) = (Arc::new(AtomicU32::new(points)), Log::new());
        let mut changes = changes.iter().copied();
        let (account, seen) = (Arc::clone(&points), log.clone());
        let paid = within(LIMIT, move || {
            spend(&account, |points| {
                seen.push(points);
                if let Some(change) = changes.next() {
                    thread::scope(|scope| {
                        scope.spawn(|| account.fetch_add(change as u32, Ordering::Relaxed));
                    });
                }
                price(points)
            })
        });
        (paid, points.load(Ordering::Relaxed), log.events())
    }

    #[test]
    fn undisturbed_it_pays_once() {
        assert_eq!(interrupted(70, &[], |_| 30), (Some(30), 40, vec![70]));
        assert_eq!(interrupted(30, &[], |_| 30), (Some(30), 0, vec![30]));
        assert_eq!(interrupted(29, &[], |_| 30).0, None);
        assert_eq!(interrupted(29, &[], |_| 30).1, 29, "who pays nothing keeps all");
    }

    #[test]
    fn points_earned_meanwhile_are_not_lost() {
        let (paid, left, seen) = interrupted(70, &[5], |_| 30);
        assert_eq!((paid, left), (Some(30), 45), "70 + 5 - 30");
        assert_eq!(seen.last(), Some(&75), "the price was asked for other points");
        let (paid, left, _) = interrupted(70, &[5, 5, -10, 1], |_| 30);
        assert_eq!((paid, left), (Some(30), 41), "four changes, none of them lost");
    }

    #[test]
    fn the_price_is_the_price_for_the_points_that_were_there() {
        let price = |points| if points >= 100 { 40 } else { 50 };
        let (paid, left, seen) = interrupted(90, &[10], price);
        assert_eq!((paid, left), (Some(40), 60), "they were 100 when it paid");
        assert_eq!(seen.last(), Some(&100));
    }

    #[test]
    fn points_spent_meanwhile_are_not_spent_twice() {
        let (paid, left, _) = interrupted(70, &[-50], |_| 30);
        assert_eq!((paid, left), (None, 20), "20 points are too few for 30");
        let (paid, left, _) = interrupted(20, &[5, -7], |_| 30);
        assert_eq!(paid, None, "20 points are too few for 30");
        assert!([18, 25].contains(&left), "{left} points are left: a change was lost");
    }

    #[test]
    fn it_tries_until_nobody_was_faster() {
        // More often than anybody would give up after.
        const CHANGES: u32 = 300_000;
        let points = Arc::new(AtomicU32::new(50));
        let account = Arc::clone(&points);
        let paid = within(LIMIT, move || {
            let mut earned = 0;
            spend(&account, |_| {
                if earned < CHANGES {
                    earned += 1;
                    account.fetch_add(1, Ordering::Relaxed);
                }
                30
            })
        });
        assert_eq!(paid, Some(30), "there were always enough points");
        assert_eq!(points.load(Ordering::Relaxed), 50 + CHANGES - 30, "no change is lost");
    }

    /// Two customers spend all they can. Returns the points that they earned, and those that they
    /// spent or left.
    fn earned_and_spent() -> (u64, u64) {
        within(LIMIT, || {
            let points = AtomicU32::new(0);
            // Earns one point and spends all that are there, three times, beside another customer: long
            // enough to be interrupted at every place, also where one core is all there is.
            let customer = || {
                let (mut earned, mut spent, begun) = (0_u64, 0, (computed(), Instant::now()));
                // On a very busy machine there is not that much time.
                while computed() - begun.0 < Duration::from_millis(300)
                    && begun.1.elapsed() < Duration::from_secs(5)
                {
                    for _ in 0..300 {
                        points.fetch_add(1, Ordering::Relaxed);
                        for _ in 0..3 {
                            spent += u64::from(spend(&points, |all| all).unwrap_or_default());
                        }
                    }
                    earned += 300;
                }
                (earned, spent)
            };
            let [one, two] = thread::scope(|scope| {
                [scope.spawn(customer), scope.spawn(customer)].map(|it| it.join().expect("it pays"))
            });
            (one.0 + two.0, one.1 + two.1 + u64::from(points.load(Ordering::Relaxed)))
        })
    }

    /// The points that there are at the most.
    const MOST: u32 = 1_000;

    /// Points are too few when they are to be spent, again and again, and somebody reads them.
    /// Returns the most that were read, and what was paid.
    fn most_and_paid() -> (u32, Option<u32>) {
        within(LIMIT, || {
            let (points, mut most) = (AtomicU32::new(0), 0);
            let spends = || {
                let (begun, mut paid) = (Instant::now(), None);
                while paid.is_none() && begun.elapsed() < Duration::from_millis(300) {
                    points.store(MOST, Ordering::Relaxed);
                    // All are wanted each time, and one was spent meanwhile: too few are left.
                    paid = spend(&points, |seen| {
                        points.store(seen.saturating_sub(1), Ordering::Relaxed);
                        seen.max(1)
                    });
                }
                paid
            };
            // They are read while the customer is stopped, wherever that is.
            let paid = exercises::stopped_anywhere(spends, || {
                most = most.max(points.load(Ordering::Relaxed));
            });
            (most, paid)
        })
    }

    #[test]
    fn no_point_is_spent_twice_or_seen_where_there_is_none() {
        let (earned, spent) = earned_and_spent();
        assert_eq!(spent, earned, "points spent or left, and points earned");
        let (most, paid) = most_and_paid();
        assert_eq!(paid, None, "one more was wanted than there were");
        assert!(most <= MOST, "for a moment there were {most} points");
    }

    #[test]
    fn of_a_thousand_payments_none_is_lost() {
        let points = Arc::new(AtomicU32::new(1500));
        let account = Arc::clone(&points);
        let paid: usize = within(LIMIT, move || {
            let customer = || (0..500).filter(|_| spend(&account, |_| 2).is_some()).count();
            thread::scope(|scope| {
                let (one, two) = (scope.spawn(customer), scope.spawn(customer));
                one.join().expect("it pays") + two.join().expect("it pays")
            })
        });
        assert_eq!((paid, points.load(Ordering::Relaxed)), (750, 0));
    }
}
