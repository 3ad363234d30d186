// A fixed ring of places, two condvars, and the lock is gone before anybody is woken.

use std::sync::{Condvar, Mutex};

struct Ring<T> {
    places: Vec<Option<T>>,
    first: usize,
    full: usize,
    open: bool,
}

struct Shelf<T> {
    ring: Mutex<Ring<T>>,
    bakers: Condvar,
    customers: Condvar,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        let places = (0..room).map(|_| None).collect();
        let ring = Mutex::new(Ring { places, first: 0, full: 0, open: true });
        Shelf { ring, bakers: Condvar::new(), customers: Condvar::new() }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        let ring = self.ring.lock().unwrap();
        let waits = |ring: &mut Ring<T>| ring.open && ring.full == ring.places.len();
        let mut ring = self.bakers.wait_while(ring, waits).unwrap();
        if !ring.open {
            return Err(loaf);
        }
        let at = (ring.first + ring.full) % ring.places.len();
        ring.places[at] = Some(loaf);
        ring.full += 1;
        drop(ring);
        self.customers.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let ring = self.ring.lock().unwrap();
        let waits = |ring: &mut Ring<T>| ring.open && ring.full == 0;
        let mut ring = self.customers.wait_while(ring, waits).unwrap();
        if ring.full == 0 {
            return None;
        }
        let at = ring.first;
        let loaf = ring.places[at].take();
        ring.first = (at + 1) % ring.places.len();
        ring.full -= 1;
        drop(ring);
        self.bakers.notify_one();
        loaf
    }

    fn close(&self) {
        let mut ring = self.ring.lock().unwrap();
        ring.open = false;
        drop(ring);
        self.bakers.notify_all();
        self.customers.notify_all();
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let shelf = Shelf::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for loaf in 1..=6 {
                    shelf.put(loaf).expect("it is open");
                }
                shelf.close();
            });
            while let Some(loaf) = shelf.take() {
                println!("bought loaf {loaf}");
            }
        });
        println!("closed; loaf 7 comes back: {:?}", shelf.put(7));
    });
}
