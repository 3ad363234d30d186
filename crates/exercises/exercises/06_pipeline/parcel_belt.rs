// Parcels go from the shops to a truck on a belt that bears so many kilos. `put` waits until its
// parcel can lie there without the belt bearing more than that. A parcel lies there until what
// `take` returned for it, `Taken`, is dropped: to load the truck takes a while.
// - Nobody overtakes: a light parcel waits behind a heavy one that has not enough room yet.
// - A parcel heavier than the belt bears is put on it when nothing else lies there.
// - Who gives up, and drops `put`, leaves nothing on the belt, and nobody waits for them.
// - When `Truck` is dropped, everybody who waits, and all who come later, get their parcel back.
// - `take` returns `None` when no shop is left and all that was put there was taken.
// No parcel weighs nothing; the belt bears at least one kilo. No task is started, and Tokio and
// `futures` are enough.
//
// How it is judged: by what lies on the belt at each moment, with belts that bear 3, 9, 16 and 40
// kilos. The test asks each future by itself: who was woken, and who was not.
//
// Lesson: chapter-06 backpressure

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Parcel {
    number: u32,
    kilos: u32,
}

/// The shops' end. Each shop has a clone.
#[derive(Clone)]
struct Shop {
    bears: u32,
    /// A permit for each kilo that the belt could bear in addition.
    room: Arc<Semaphore>,
    belt: mpsc::UnboundedSender<Taken>,
}

/// The truck's end.
struct Truck {
    room: Arc<Semaphore>,
    belt: mpsc::UnboundedReceiver<Taken>,
}

/// A parcel with the room that it takes on the belt.
struct Taken {
    parcel: Parcel,
    room: OwnedSemaphorePermit,
}

fn belt(bears: u32) -> (Shop, Truck) {
    let room = Arc::new(Semaphore::new(bears as usize));
    let (sender, receiver) = mpsc::unbounded_channel();
    let shop = Shop { bears, room: Arc::clone(&room), belt: sender };
    (shop, Truck { room, belt: receiver })
}

impl Shop {
    /// Waits for room on the belt. An error is the parcel: the truck has gone.
    async fn put(&self, parcel: Parcel) -> Result<(), Parcel> {
        // TODO: no parcel without room for all of its kilos.
        todo!()
    }
}

impl Truck {
    async fn take(&mut self) -> Option<Taken> {
        // TODO: the next parcel from the belt.
        todo!()
    }
}

impl Drop for Truck {
    fn drop(&mut self) {
        // TODO: who waits for room?
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let (shop, mut truck) = belt(10);
    let send = async move {
        for (number, kilos) in [(1, 6), (2, 3), (3, 4), (4, 30)] {
            let put = shop.put(Parcel { number, kilos }).await;
            println!("parcel {number} lies there: {}", put.is_ok());
        }
    };
    let load = async {
        while let Some(taken) = truck.take().await {
            println!("parcel {} is taken", taken.parcel.number);
        }
    };
    tokio::join!(send, load);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::task::noop_waker;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// Somebody who puts a parcel on the belt, polled by the test alone.
    struct Putting<'a> {
        number: u32,
        future: Pin<Box<dyn Future<Output = Result<(), Parcel>> + 'a>>,
        wakes: Log<()>,
    }

    impl<'a> Putting<'a> {
        /// Comes with a parcel, and asks for the first time.
        fn come(shop: &'a Shop, number: u32, kilos: u32) -> (Self, Poll<Result<(), Parcel>>) {
            let future = Box::pin(shop.put(Parcel { number, kilos }));
            let mut putting = Putting { number, future, wakes: Log::new() };
            let asked = putting.ask();
            (putting, asked)
        }

        fn ask(&mut self) -> Poll<Result<(), Parcel>> {
            let wakes = self.wakes.clone();
            let waker = exercises::hooked(|| (), move || wakes.push(()));
            self.future.as_mut().poll(&mut Context::from_waker(&waker))
        }

        /// Whether the parcel lies there by now; asked only if somebody has woken.
        fn lies_there(&mut self, woken: &mut usize) -> bool {
            if self.wakes.len() == *woken {
                return false;
            }
            *woken = self.wakes.len();
            self.ask() == Poll::Ready(Ok(()))
        }
    }

    /// Takes the next parcel, which must be there.
    fn take(truck: &mut Truck) -> Taken {
        match poll_take(truck) {
            Poll::Ready(Some(taken)) => taken,
            Poll::Ready(None) => panic!("`take` says that no shop is left"),
            Poll::Pending => panic!("a parcel lies on the belt, and `take` waits"),
        }
    }

    fn poll_take(truck: &mut Truck) -> Poll<Option<Taken>> {
        let mut taking = std::pin::pin!(truck.take());
        taking.as_mut().poll(&mut Context::from_waker(&noop_waker()))
    }

    fn number(taken: &Taken) -> u32 {
        taken.parcel.number
    }

    #[test]
    fn the_belt_bears_so_many_kilos_and_no_more() {
        for bears in [1, 3, 9, 16, 40] {
            let (lie, waits, after) = within(LIMIT, move || {
                let (shop, mut truck) = belt(bears);
                let mut lie = 0;
                for number in 0..bears {
                    lie += u32::from(Putting::come(&shop, number, 1).1 == Poll::Ready(Ok(())));
                }
                let (mut late, asked) = Putting::come(&shop, 99, 1);
                // What is taken lies there until it is dropped.
                let taken = take(&mut truck);
                let early = late.lies_there(&mut 0);
                drop(taken);
                (lie, (asked.is_pending(), early), late.lies_there(&mut 0))
            });
            assert_eq!(lie, bears, "parcels of a kilo that lie on a belt for {bears} kilos");
            assert_eq!(
                waits,
                (true, false),
                "one more waits; it was put there before one was gone"
            );
            assert!(after, "a parcel is in the truck, and the next was not woken or has no room");
        }
    }

    #[test]
    fn kilos_count_and_not_parcels() {
        let lies = within(LIMIT, move || {
            let (shop, mut truck) = belt(10);
            let mut putting: Vec<_> =
                (0..).zip([4, 5, 2]).map(|(nth, kilos)| Putting::come(&shop, nth, kilos)).collect();
            let lies: Vec<_> = putting.iter().map(|(_, asked)| asked.is_ready()).collect();
            let heavy = take(&mut truck);
            let first = (number(&heavy), putting[2].0.lies_there(&mut 0));
            drop(heavy);
            (lies, first, putting[2].0.lies_there(&mut 0))
        });
        let expected = (vec![true, true, false], (0, false), true);
        assert_eq!(lies, expected, "4, 5 and 2 kilos on a belt for 10: at once; too early; later");
    }

    #[test]
    fn nobody_overtakes() {
        let (early, order) = within(LIMIT, || {
            let (shop, mut truck) = belt(10);
            assert_eq!(Putting::come(&shop, 0, 6).1, Poll::Ready(Ok(())), "there is room for 6");
            // A heavy one that waits, and light ones behind it for which there would be room.
            let mut waiting: Vec<_> = [(1, 9), (2, 1), (3, 1), (4, 8), (5, 2), (6, 10), (7, 1)]
                .into_iter()
                .map(|(number, kilos)| Putting::come(&shop, number, kilos))
                .collect();
            let early: Vec<_> = waiting
                .iter()
                .filter(|(_, asked)| asked.is_ready())
                .map(|(putting, _)| putting.number)
                .collect();
            let (mut order, mut woken) = (Vec::new(), [0; 7]);
            for _ in 0..20 {
                if let Poll::Ready(Some(taken)) = poll_take(&mut truck) {
                    order.push(number(&taken));
                }
                for ((putting, _), woken) in waiting.iter_mut().zip(&mut woken) {
                    putting.lies_there(woken);
                }
            }
            (early, order)
        });
        assert_eq!(early, [] as [u32; 0], "light parcels that overtook a heavy one");
        assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7], "the parcels, as they came into the truck");
    }

    #[test]
    fn what_is_too_heavy_lies_there_alone() {
        let seen = within(LIMIT, || {
            let (shop, mut truck) = belt(10);
            assert_eq!(Putting::come(&shop, 0, 1).1, Poll::Ready(Ok(())), "there is room for 1");
            let (mut heavy, asked) = Putting::come(&shop, 1, 500);
            let (mut light, _) = Putting::come(&shop, 2, 1);
            let mut woken = 0;
            drop(take(&mut truck));
            let alone = (heavy.lies_there(&mut 0), light.lies_there(&mut woken));
            let taken = take(&mut truck);
            let still = light.lies_there(&mut woken);
            drop(taken);
            (asked.is_pending(), alone, still, light.lies_there(&mut woken))
        });
        assert!(seen.0, "500 kilos did not wait until a belt for 10 was empty");
        assert_eq!(seen.1, (true, false), "500 kilos on the empty belt, and a kilo beside it");
        assert!(!seen.2, "a kilo was put there while the 500 were taken, and not yet in the truck");
        assert!(seen.3, "the 500 kilos are gone, and the next was not woken or has no room");
    }

    #[test]
    fn who_gives_up_leaves_nothing_on_the_belt() {
        let seen = within(LIMIT, || {
            let (shop, mut truck) = belt(10);
            assert_eq!(Putting::come(&shop, 0, 8).1, Poll::Ready(Ok(())), "there is room for 8");
            // One gives up before it was asked, one while it waits, one when it was woken.
            drop(shop.put(Parcel { number: 1, kilos: 1 }));
            let (impatient, _) = Putting::come(&shop, 2, 9);
            let (mut next, _) = Putting::come(&shop, 3, 2);
            drop(impatient);
            let behind = next.lies_there(&mut 0);
            let (woken, _) = Putting::come(&shop, 4, 8);
            let (mut last, _) = Putting::come(&shop, 5, 10);
            drop(take(&mut truck));
            drop(woken);
            let three = number(&take(&mut truck));
            let ten = last.lies_there(&mut 0);
            (behind, three, ten, number(&take(&mut truck)))
        });
        assert!(seen.0, "who stood before it gave up, and it still waits");
        assert_eq!((seen.1, seen.3), (3, 5), "what came into the truck behind parcel 0");
        assert!(seen.2, "the belt is empty, and has no room for ten kilos: some were left behind");
    }

    #[test]
    fn when_the_truck_leaves_everybody_has_their_parcel_back() {
        let (waited, late, kept) = within(LIMIT, || {
            let (shop, mut truck) = belt(10);
            assert_eq!(Putting::come(&shop, 0, 3).1, Poll::Ready(Ok(())), "there is room for 3");
            assert_eq!(Putting::come(&shop, 1, 6).1, Poll::Ready(Ok(())), "there is room for 6");
            let mut waiting: Vec<_> =
                (2..11).map(|number| Putting::come(&shop, number, number).0).collect();
            waiting.extend((11..400).map(|number| Putting::come(&shop, number, 20).0));
            // One is taken, and dropped later than the truck.
            let kept = take(&mut truck);
            drop(truck);
            // All are woken before anybody asks again.
            let woken: Vec<_> = waiting.iter().map(|it| !it.wakes.is_empty()).collect();
            let waited = waiting.iter_mut().zip(woken);
            let waited: Vec<_> = waited.map(|(it, woken)| woken.then(|| it.ask())).collect();
            let late = [Putting::come(&shop, 20, 1).1, Putting::come(&shop, 21, 50).1];
            (waited, late, number(&kept))
        });
        let back = |number, kilos| Poll::Ready(Err(Parcel { number, kilos }));
        let kilos = |number| if number < 11 { number } else { 20 };
        let expected: Vec<_> = (2..400).map(|number| Some(back(number, kilos(number)))).collect();
        assert_eq!(waited, expected, "those who waited when the truck left (`None`: not woken)");
        assert_eq!(late, [back(20, 1), back(21, 50)], "those who came later");
        assert_eq!(kept, 0, "the parcel that was taken before");
    }

    #[test]
    fn it_ends_when_no_shop_is_left() {
        let (numbers, pending, end) = within(LIMIT, || {
            let (shop, mut truck) = belt(10);
            let other = shop.clone();
            for (shop, number) in [(&shop, 1), (&other, 2), (&shop, 3)] {
                assert!(Putting::come(shop, number, 2).1.is_ready(), "there is room for 6 kilos");
            }
            drop(shop);
            let mut numbers = vec![number(&take(&mut truck)), number(&take(&mut truck))];
            numbers.push(number(&take(&mut truck)));
            let pending = poll_take(&mut truck).is_pending();
            drop(other);
            (numbers, pending, matches!(poll_take(&mut truck), Poll::Ready(None)))
        });
        assert_eq!(numbers, [1, 2, 3], "the parcels, in the order in which they were put there");
        assert!(pending, "a shop is left, and `take` did not wait for it");
        assert!(end, "no shop is left, and `take` still waits");
    }

    #[test]
    fn who_waits_is_not_woken_for_nothing() {
        let wakes = within(LIMIT, || {
            let (shop, mut truck) = belt(16);
            for number in 0..16 {
                assert!(Putting::come(&shop, number, 1).1.is_ready(), "there is room for a kilo");
            }
            let mut waiting: Vec<_> =
                (16..56).map(|number| Putting::come(&shop, number, 1).0).collect();
            let early: usize = waiting.iter().map(|it| it.wakes.len()).sum();
            for putting in &mut waiting {
                drop(take(&mut truck));
                assert_eq!(putting.ask(), Poll::Ready(Ok(())), "the first who waits has room");
            }
            early
        });
        assert_eq!(wakes, 0, "wakes while nothing was taken: somebody asks again and again");
    }

    #[test]
    fn the_truck_may_leave_when_there_is_just_room() {
        let back = within(LIMIT, || {
            let (shop, mut truck) = belt(10);
            assert_eq!(Putting::come(&shop, 0, 10).1, Poll::Ready(Ok(())), "there is room for 10");
            let (mut next, _) = Putting::come(&shop, 1, 4);
            // There is room, and the truck leaves before the one who waits has asked again.
            drop(take(&mut truck));
            drop(truck);
            next.ask()
        });
        assert_eq!(back, Poll::Ready(Err(Parcel { number: 1, kilos: 4 })), "the parcel comes back");
    }
}
