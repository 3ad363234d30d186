// Two semaphores: a door that lets one at a time wait for room, and the room.

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
    /// One at a time stands before the belt.
    door: Arc<Semaphore>,
    /// A permit for each kilo that the belt could bear in addition.
    room: Arc<Semaphore>,
    belt: mpsc::UnboundedSender<Taken>,
}

/// The truck's end.
struct Truck {
    door: Arc<Semaphore>,
    room: Arc<Semaphore>,
    belt: mpsc::UnboundedReceiver<Taken>,
}

/// A parcel with the room that it takes on the belt.
struct Taken {
    parcel: Parcel,
    #[allow(dead_code)]
    room: OwnedSemaphorePermit,
}

fn belt(bears: u32) -> (Shop, Truck) {
    let door = Arc::new(Semaphore::new(1));
    let room = Arc::new(Semaphore::new(bears as usize));
    let (sender, receiver) = mpsc::unbounded_channel();
    let shop = Shop { bears, door: Arc::clone(&door), room: Arc::clone(&room), belt: sender };
    (shop, Truck { door, room, belt: receiver })
}

impl Shop {
    async fn put(&self, parcel: Parcel) -> Result<(), Parcel> {
        let Ok(_first) = self.door.acquire().await else {
            return Err(parcel);
        };
        let kilos = parcel.kilos.min(self.bears);
        match Arc::clone(&self.room).acquire_many_owned(kilos).await {
            Err(_) => Err(parcel),
            Ok(room) => self.belt.send(Taken { parcel, room }).map_err(|error| error.0.parcel),
        }
    }
}

impl Truck {
    async fn take(&mut self) -> Option<Taken> {
        self.belt.recv().await
    }
}

impl Drop for Truck {
    fn drop(&mut self) {
        self.belt.close();
        self.door.close();
        self.room.close();
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
