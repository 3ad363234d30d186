// A waiter takes an order to the kitchen, a pool whose threads are cooks, and waits for the dish
// without holding a thread. A cook who panics has burnt the dish: the guest has an error with what
// the cook said, and the kitchen goes on with all its cooks. Guests may leave, and are dropped. A
// dish that nobody waits for anymore is not begun. If it is begun already, it is cooked and thrown
// away, which is no reason to panic.
//
// How it is judged: cook and guest meet while the dish is cooked. After many burnt dishes, all
// cooks meet. The test counts the dishes that were begun, and the panics that reached the pool. A
// guest is woken once, by the cook: there is no thread that waits in between.
//
// Lesson: chapter-06 bridge

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// The cook panicked; this is what was said, if it was in words.
#[derive(Debug, PartialEq)]
struct Burnt(String);

async fn order<T: Send + 'static>(
    kitchen: &ThreadPool,
    dish: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Burnt> {
    // TODO: to the kitchen and back, with all that can go wrong.
    todo!()
}

/// What a panic said. Its words are a `&str` or a `String`. Of a `Box<dyn Any + Send>` hand over what
/// is in it, `&*said`: the box is an `Any`, too.
fn words(said: &(dyn Any + Send)) -> String {
    let literal = said.downcast_ref::<&str>().map(|words| words.to_string());
    literal.or_else(|| said.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn main() {
    let kitchen = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    println!("{:?}", block_on(order(&kitchen, || "soup")));
    println!("{:?}", block_on(order(&kitchen, || "bread")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{self, Either, FutureExt, join_all, select};
    use std::pin::pin;
    use std::sync::{Mutex, mpsc};
    use std::task::Context;
    use std::thread;
    use std::time::Duration;
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// A kitchen, and the panics that reach it: there should be none.
    fn kitchen(cooks: usize) -> (ThreadPool, Log<()>) {
        let panics = Log::new();
        let reached = panics.clone();
        let kitchen = ThreadPoolBuilder::new()
            .num_threads(cooks)
            .thread_name(|number| format!("cook {number}"))
            .panic_handler(move |_| reached.push(()))
            .build();
        (kitchen.expect("a few threads"), panics)
    }

    #[test]
    fn a_guest_does_not_wait_with_the_thread() {
        let met = within(LIMIT, || {
            let ((kitchen, _), pair) = (kitchen(1), Rendezvous::new(2));
            let cook = pair.clone();
            let dish = order(&kitchen, move || cook.meet(PATIENCE).is_ok());
            let other = pair.meet_async().then(|()| future::pending::<()>());
            match block_on(select(pin!(dish), other)) {
                Either::Left((met, _)) => met,
                Either::Right(_) => unreachable!("the other never ends"),
            }
        });
        assert_eq!(met, Ok(true), "on this thread nobody else had a turn while the cook was busy");
    }

    #[test]
    fn a_burnt_dish_is_an_error_with_the_words_of_the_cook() {
        within(LIMIT, || {
            let (kitchen, panics) = kitchen(1);
            let dishes = (1..=4).map(|number| {
                order(&kitchen, move || match number {
                    2 => panic!("no more eggs\nand no butter"),
                    3 => panic!("dish {number} fell down"),
                    number => number,
                })
            });
            let said = ["no more eggs\nand no butter", "dish 3 fell down"];
            let [literal, formatted] = said.map(|said| Err(Burnt(said.to_owned())));
            assert_eq!(block_on(join_all(dishes)), [Ok(1), literal, formatted, Ok(4)]);
            assert_eq!(panics.len(), 0, "panics that reached the pool");
        });
    }

    #[test]
    fn the_cook_wakes_the_guest() {
        for burns in [false, true] {
            let (served, wakes) = within(LIMIT, move || {
                let ((kitchen, _), wakes, (wake, woken)) =
                    (kitchen(1), Log::new(), mpsc::channel());
                let (go, gone) = mpsc::channel::<()>();
                let mut dish = Box::pin(order(&kitchen, move || {
                    let _ = gone.recv_timeout(PATIENCE);
                    assert!(!burns, "burnt on purpose");
                }));
                let (noted, wake) = (wakes.clone(), Mutex::new(wake));
                let waker = exercises::hooked(
                    || (),
                    move || {
                        noted.push(thread::current().name().unwrap_or("another thread").to_owned());
                        let _ = wake.lock().expect("no panic").send(());
                    },
                );
                let mut cx = Context::from_waker(&waker);
                assert!(
                    dish.as_mut().poll(&mut cx).is_pending(),
                    "the guest waited with the thread"
                );
                drop(go);
                woken.recv_timeout(PATIENCE).expect("the guest is woken");
                (dish.as_mut().poll(&mut cx).is_ready(), wakes.events())
            });
            assert_eq!(wakes, ["cook 0"], "who woke the guest");
            assert!(served, "woken, and there was no dish");
        }
    }

    #[test]
    fn no_cook_is_lost() {
        let (met, names) = within(LIMIT, || {
            let ((kitchen, _), pair, cooks) = (kitchen(3), Rendezvous::new(3), Threads::new());
            let burnt = (0..8).map(|_| order(&kitchen, || panic!("burnt on purpose")));
            let _: Vec<Result<(), Burnt>> = block_on(join_all(burnt));
            let dishes = (0..3).map(|_| {
                let (pair, cooks) = (pair.clone(), cooks.clone());
                order(&kitchen, move || {
                    cooks.note();
                    pair.meet(PATIENCE).is_ok()
                })
            });
            let met = block_on(join_all(dishes));
            let mut names = cooks.names();
            names.sort();
            (met, names)
        });
        assert_eq!(
            met,
            [Ok(true), Ok(true), Ok(true)],
            "whether three cooks met after eight burnt dishes"
        );
        assert_eq!(names, ["cook 0", "cook 1", "cook 2"]);
    }

    #[test]
    fn only_what_was_begun_is_cooked_for_who_has_left() {
        let (begun, panics) = within(LIMIT, || {
            let ((kitchen, panics), begun) = (kitchen(1), Log::new());
            let (start, started) = mpsc::channel();
            let (end, ended) = mpsc::channel::<()>();
            let noted = begun.clone();
            let mut first = Box::pin(order(&kitchen, move || {
                noted.push("first");
                let _ = start.send(());
                let _ = ended.recv_timeout(PATIENCE);
            }));
            assert_eq!(first.as_mut().now_or_never(), None);
            started.recv_timeout(PATIENCE).expect("the first dish is begun");
            let noted = begun.clone();
            let mut second = Box::pin(order(&kitchen, move || noted.push("second")));
            assert_eq!(second.as_mut().now_or_never(), None);
            // Both guests leave: the first dish is being cooked, the second is not begun.
            drop((first, second));
            drop(end);
            // There is one cook: when the third dish is there, the others have had their turn.
            let noted = begun.clone();
            assert_eq!(block_on(order(&kitchen, move || noted.push("third"))), Ok(()));
            (begun.events(), panics.len())
        });
        assert_eq!(begun, ["first", "third"], "dishes that were begun");
        assert_eq!(panics, 0, "panics that reached the pool");
    }

    #[test]
    fn of_many_guests_some_leave() {
        let begun = within(LIMIT, || {
            let ((kitchen, _), begun) = (kitchen(1), Log::new());
            let (end, ended) = mpsc::channel::<()>();
            kitchen.spawn(move || _ = ended.recv_timeout(PATIENCE));
            let mut dishes: Vec<_> = (0..300)
                .map(|number| {
                    let noted = begun.clone();
                    Box::pin(order(&kitchen, move || noted.push(number)))
                })
                .collect();
            for dish in &mut dishes {
                assert_eq!(dish.as_mut().now_or_never(), None, "the cook is busy");
            }
            let stay = dishes.split_off(150);
            drop(dishes);
            drop(end);
            block_on(join_all(stay));
            begun.events()
        });
        let left = begun.iter().filter(|number| **number < 150).count();
        assert_eq!((left, begun.len()), (0, 150), "dishes begun for who has left, and in all");
    }

    #[test]
    fn a_dish_may_burn_when_its_guest_has_left() {
        let panics = within(LIMIT, || {
            let (kitchen, panics) = kitchen(1);
            let ((start, started), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
            let mut dish = Box::pin(order(&kitchen, move || {
                let _ = start.send(());
                let _ = ended.recv_timeout(PATIENCE);
                panic!("burnt on purpose")
            }));
            let asked: Option<Result<(), Burnt>> = dish.as_mut().now_or_never();
            assert_eq!(asked, None, "the guest waited with the thread");
            started.recv_timeout(PATIENCE).expect("the dish is begun");
            drop(dish);
            drop(end);
            kitchen.install(|| ());
            panics.len()
        });
        assert_eq!(panics, 0, "panics that reached the pool");
    }
}
