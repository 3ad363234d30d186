// Carts come to the quay, and a ferry takes some of them across. It leaves as soon as the first of
// its carts has waited for `longest`, or it has `tons` aboard, or the next cart is too heavy for
// it, or no more can come. Nobody overtakes: the cart that was too heavy is the first on the next
// ferry. A cart has waited since it `came`, also while the ferry was away. Carts that stand at the
// quay go aboard even if it is time to leave. No cart is heavier than `tons`, and the quay has room
// for 100.
//
// How it is judged: by the moment at which each ferry leaves and the carts on it, on a clock that
// moves only when everybody waits. Ferries differ in what they hold and how long they wait. Polls are
// counted: nobody looks again and again who is there.
//
// Lesson: chapter-06 batching

use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

#[derive(Debug, PartialEq)]
struct Cart {
    number: u32,
    tons: u32,
    came: Instant,
}

struct Ferry {
    quay: mpsc::Receiver<Cart>,
    tons: u32,
    longest: Duration,
    /// The cart that was too heavy for the last ferry.
    left: Option<Cart>,
}

impl Ferry {
    /// The carts that cross next, or `None` when no more can come.
    async fn load(&mut self) -> Option<Vec<Cart>> {
        // TODO: take carts aboard until it is full, by weight or by time.
        todo!()
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("it takes no thread").block_on(async {
        let (road, quay) = mpsc::channel(8);
        for (number, tons) in [(1, 4), (2, 5), (3, 3), (4, 7)] {
            let cart = Cart { number, tons, came: Instant::now() };
            road.send(cart).await.expect("the quay is there");
        }
        drop(road);
        let mut ferry = Ferry { quay, tons: 10, longest: Duration::from_secs(60), left: None };
        while let Some(carts) = ferry.load().await {
            println!("{:?}", carts.iter().map(|cart| cart.number).collect::<Vec<_>>());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep, sleep_until};
    use witness::{Polls, within};

    const LIMIT: Duration = Duration::from_secs(20);
    /// All come so much after a full second: a clock that ticks in round numbers misses them.
    const ODD: Duration = Duration::from_millis(137);

    /// The second in which a ferry left, and the numbers of its carts.
    type Left = (u64, Vec<u32>);

    /// Carts come at these seconds and weigh so many tons. They are numbered from 1. A ferry holds
    /// ten tons, waits for ten seconds at most, and is back so many seconds after it left.
    fn cross(carts: &[(u64, u32)], crossing: u64) -> Vec<Left> {
        cross_with(10, 10, carts, crossing)
    }

    /// The same with a ferry that holds so many tons and waits for so many seconds.
    fn cross_with(tons: u32, longest: u64, carts: &[(u64, u32)], crossing: u64) -> Vec<Left> {
        let carts = carts.to_vec();
        // One for each cart, one when a ferry begins to wait, and one when it is time to leave.
        let most = 3 * carts.len() + 4;
        let (capacity, longest) = (tons, Duration::from_secs(longest));
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, (road, quay)) = (Instant::now() + ODD, mpsc::channel(100));
                let polls = Polls::new();
                tokio::spawn(async move {
                    for (number, (second, tons)) in (1..).zip(carts) {
                        let came = start + Duration::from_secs(second);
                        sleep_until(came).await;
                        let _ = road.send(Cart { number, tons, came }).await;
                    }
                });
                let mut ferry = Ferry { quay, tons: capacity, longest, left: None };
                let mut crossed = Vec::new();
                while let Some(carts) = polls.watch(ferry.load()).await {
                    assert!(!carts.is_empty(), "a ferry left without a cart");
                    let numbers = carts.into_iter().map(|cart| cart.number).collect();
                    let left = start.elapsed();
                    assert_eq!(left.subsec_millis(), 0, "it left a little late");
                    crossed.push((left.as_secs(), numbers));
                    sleep(Duration::from_secs(crossing)).await;
                }
                assert!(polls.count() <= most, "{} polls: it looks again and again", polls.count());
                crossed
            })
        })
    }

    #[test]
    fn who_waits_does_not_look_meanwhile() {
        // Each cart is alone, and the ferry leaves when it has waited for ten seconds.
        let carts: Vec<_> = (0..20).map(|nth| (20 * nth, 1)).collect();
        let expected: Vec<_> = (0..20).map(|nth| (20 * nth + 10, vec![nth as u32 + 1])).collect();
        let mut crossed = cross(&carts, 0);
        // After the last no more can come.
        assert_eq!(crossed.pop(), Some((380, vec![20])));
        assert_eq!(crossed, expected[..19]);
    }

    #[test]
    fn a_full_ferry_leaves_at_once() {
        let crossed = cross(&[(0, 4), (1, 4), (2, 2), (3, 10), (4, 10)], 0);
        assert_eq!(crossed, [(2, vec![1, 2, 3]), (3, vec![4]), (4, vec![5])]);
    }

    #[test]
    fn the_first_cart_waits_for_ten_seconds_and_no_more() {
        // One cart every four seconds: whoever counts anew with each cart waits for all of them.
        let crossed = cross(&[(5, 1), (9, 1), (13, 1), (17, 1), (21, 1), (40, 1), (60, 1)], 0);
        assert_eq!(crossed, [(15, vec![1, 2, 3]), (27, vec![4, 5]), (50, vec![6]), (60, vec![7])]);
    }

    #[test]
    fn each_ferry_has_tons_and_patience_of_its_own() {
        let crossed = cross_with(3, 4, &[(0, 1), (1, 1), (2, 1), (3, 2), (9, 2), (10, 3)], 0);
        assert_eq!(crossed, [(2, vec![1, 2, 3]), (7, vec![4]), (10, vec![5]), (10, vec![6])]);
        let crossed = cross_with(50, 25, &[(0, 20), (24, 20), (24, 5), (40, 50), (41, 1)], 0);
        assert_eq!(crossed, [(25, vec![1, 2, 3]), (40, vec![4]), (41, vec![5])]);
        assert_eq!(cross_with(1, 10, &[(0, 1), (5, 1)], 0), [(0, vec![1]), (5, vec![2])]);
    }

    #[test]
    fn who_is_too_heavy_is_first_on_the_next() {
        let crossed = cross(&[(0, 6), (1, 5), (2, 1), (3, 9), (4, 2), (20, 1)], 0);
        let expected = [(1, vec![1]), (3, vec![2, 3]), (4, vec![4]), (14, vec![5]), (20, vec![6])];
        assert_eq!(crossed, expected);
    }

    #[test]
    fn carts_wait_while_the_ferry_is_away() {
        // It is back in second 30, and the cart of second 1 has waited since then.
        let crossed = cross(&[(0, 10), (1, 2), (2, 3), (25, 4), (33, 1), (99, 1)], 30);
        let expected = [(0, vec![1]), (30, vec![2, 3, 4]), (60, vec![5]), (99, vec![6])];
        assert_eq!(crossed, expected);
        // The second cart is too heavy in second 3, and may wait until second 13.
        let crossed = cross(&[(0, 6), (3, 6), (40, 1)], 5);
        assert_eq!(crossed, [(3, vec![1]), (13, vec![2]), (40, vec![3])]);
    }

    #[test]
    fn when_no_more_can_come_it_leaves_at_once() {
        assert_eq!(cross(&[(0, 1), (3, 1)], 5), [(3, vec![1, 2])]);
        assert_eq!(cross(&[(0, 6), (3, 6)], 5), [(3, vec![1]), (8, vec![2])]);
        assert_eq!(cross(&[], 5), []);
    }

    #[test]
    fn all_who_stand_at_the_quay_go_aboard() {
        // It is back in second 30, and it is time to leave for each of ninety.
        let mut carts = vec![(0, 200)];
        carts.extend([(1, 1); 90]);
        carts.push((50, 1));
        let crossed = cross_with(200, 10, &carts, 30);
        assert_eq!(crossed, [(0, vec![1]), (30, (2..92).collect()), (60, vec![92])]);
    }
}
