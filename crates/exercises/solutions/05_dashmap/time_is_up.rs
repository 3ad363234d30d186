// Each parked car is in the map, with the minute at which its time is up. Remove the cars whose time
// is up now, and return them: they are towed away. Meanwhile drivers pay and get more time. Who has
// paid while the car was in the map keeps it there, and is not towed.
//
// A shard that is locked for a moment is waited for.
//
// How it is judged: whenever your code hashes or clones a car, all drivers whose time is up try to
// pay, and succeed unless their shard is locked. Each car is then towed or in the map, never both.
//
// Lesson: chapter-05 iteration

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let mut towed = Vec::new();
    meters.retain(|car, until| {
        let stays = *until > now;
        if !stays {
            towed.push(car.clone());
        }
        stays
    });
    towed
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let meters = DashMap::new();
        for (car, until) in [("blue van", 600), ("red bus", 615), ("old bike", 590)] {
            meters.insert(car, until);
        }
        let mut towed = tow(&meters, 600);
        towed.sort();
        println!("towed: {towed:?}, still there: {}", meters.len());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashmap::{DashMap, Entry};
    use std::hash::{Hash, Hasher};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const NOW: u64 = 100;
    const HOUR: u64 = 60;
    /// The time of cars 0 to 7 is up, that of cars 8 to 11 is not.
    const CARS: u32 = 12;
    const OVER: u32 = 8;
    const NEVER: usize = usize::MAX / 2;

    /// A car whose drivers come when it is hashed or cloned.
    struct Car(u32, Option<Arc<Drivers>>);

    struct Drivers {
        meters: DashMap<Car, u64>,
        /// At which of the occasions they come; 0 for never.
        come_at: usize,
        occasions: AtomicUsize,
        paid: Log<u32>,
        missing: Log<u32>,
    }

    impl Drivers {
        fn occasion(&self) {
            let occasion = self.occasions.fetch_add(1, Ordering::Relaxed) + 1;
            if occasion > self.come_at && occasion < NEVER {
                // Who has paid looks after the car.
                let is_away = |car: &u32| self.meters.try_get(&Car(*car, None)).is_absent();
                return self.paid.events().into_iter().filter(is_away).for_each(|car| {
                    self.missing.push(car);
                });
            }
            if occasion != self.come_at {
                return;
            }
            for number in 0..CARS {
                match self.meters.try_entry(Car(number, None)) {
                    None => {} // locked: this driver is too late
                    Some(Entry::Occupied(mut until)) => {
                        *until.get_mut() += HOUR;
                        self.paid.push(number);
                    }
                    Some(Entry::Vacant(_)) => self.missing.push(number),
                }
            }
        }
    }

    impl Clone for Car {
        fn clone(&self) -> Self {
            self.1.iter().for_each(|drivers| drivers.occasion());
            Car(self.0, self.1.clone())
        }
    }

    impl Hash for Car {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.1.iter().for_each(|drivers| drivers.occasion());
            self.0.hash(state);
        }
    }

    impl PartialEq for Car {
        fn eq(&self, other: &Car) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Car {}

    /// Tows while the drivers come at an occasion. Returns the cars towed, those in the map, those
    /// that were paid for, and those that their drivers did not find.
    fn drivers_come_at(come_at: usize) -> [Vec<u32>; 4] {
        let mut cars = within(LIMIT, move || {
            let drivers = Arc::new(Drivers {
                meters: DashMap::with_shard_amount(4),
                come_at,
                occasions: AtomicUsize::new(NEVER),
                paid: Log::new(),
                missing: Log::new(),
            });
            for number in 0..CARS {
                let until = if number < OVER { NOW } else { NOW + 1 };
                drivers.meters.insert(Car(number, Some(Arc::clone(&drivers))), until);
            }
            drivers.occasions.store(0, Ordering::Relaxed);
            let towed = tow(&drivers.meters, NOW).into_iter().map(|car| car.0).collect();
            let there = drivers.meters.iter().map(|entry| entry.key().0).collect();
            for entry in &drivers.meters {
                let parked = if entry.key().0 < OVER { NOW } else { NOW + 1 };
                let known = [parked, parked + HOUR].contains(entry.value());
                assert!(known, "a meter says {}: nobody has paid for that", entry.value());
            }
            [towed, there, drivers.paid.events(), drivers.missing.events()]
        });
        cars.iter_mut().for_each(|cars| cars.sort());
        cars
    }

    /// All occasions, several times: each map has another order, so an occasion is another one.
    fn occasions() -> impl Iterator<Item = usize> {
        (1..=60).cycle().take(6 * 60)
    }

    #[test]
    fn cars_whose_time_is_up_are_towed() {
        let [towed, there, ..] = drivers_come_at(0);
        assert_eq!(towed, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(there, [8, 9, 10, 11]);
    }

    #[test]
    fn who_has_paid_in_time_is_not_towed() {
        for occasion in occasions() {
            let [towed, there, paid, _] = drivers_come_at(occasion);
            for car in paid {
                assert!(!towed.contains(&car), "a driver has paid, and the car is towed");
                assert!(there.contains(&car), "a driver has paid, and the car is gone");
            }
            let mut all = [towed, there].concat();
            all.sort();
            assert!(all.into_iter().eq(0..CARS), "each car is either towed or there, and once");
        }
    }

    #[test]
    fn a_shard_that_is_locked_for_a_moment_is_waited_for() {
        // Whenever a car is hashed, somebody else locks its shard, if it is free, for a while.
        let towing = (1..=24).map(|occasion| {
            thread::spawn(move || {
                let clerk = Arc::new(Clerk {
                    meters: DashMap::with_shard_amount(4),
                    comes_at: occasion,
                    occasions: AtomicUsize::new(NEVER),
                });
                for number in 0..CARS {
                    let until = if number < OVER { NOW } else { NOW + 1 };
                    clerk.meters.insert(Watched(number, Some(Arc::clone(&clerk))), until);
                }
                clerk.occasions.store(0, Ordering::Relaxed);
                let towed: Vec<u32> =
                    tow(&clerk.meters, NOW).into_iter().map(|car| car.0).collect();
                clerk.occasions.store(NEVER, Ordering::Relaxed);
                (towed, clerk.meters.len())
            })
        });
        let towing: Vec<_> = towing.collect();
        for towing in towing {
            let towed = within(LIMIT, || towing.join());
            let (mut towed, there) = towed.expect("it does not panic");
            towed.sort();
            assert_eq!(towed, [0, 1, 2, 3, 4, 5, 6, 7], "cars towed, though a shard was locked");
            assert_eq!(there, 4, "cars that are still there");
        }
    }

    /// A car whose shard a clerk locks when it is hashed.
    #[derive(Clone)]
    struct Watched(u32, Option<Arc<Clerk>>);

    struct Clerk {
        meters: DashMap<Watched, u64>,
        comes_at: usize,
        occasions: AtomicUsize,
    }

    impl Hash for Watched {
        fn hash<H: Hasher>(&self, state: &mut H) {
            if let Some(clerk) = &self.1
                && clerk.occasions.fetch_add(1, Ordering::Relaxed) + 1 == clerk.comes_at
            {
                let (number, clerk, (locked, is_locked)) =
                    (self.0, Arc::clone(clerk), mpsc::channel());
                thread::spawn(move || {
                    let _meter = clerk.meters.get_mut(&Watched(number, None));
                    let _ = locked.send(());
                    thread::sleep(Duration::from_millis(300));
                });
                // It cannot while whoever hashes has the shard.
                let _ = is_locked.recv_timeout(Duration::from_millis(200));
            }
            self.0.hash(state);
        }
    }

    impl PartialEq for Watched {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Watched {}

    #[test]
    fn a_car_with_time_left_is_there_all_the_time() {
        for occasion in occasions() {
            let [towed, _, _, missing] = drivers_come_at(occasion);
            let found = missing.iter().all(|car| towed.contains(car));
            assert!(found, "a driver did not find the car, and it is not towed");
        }
    }
}
