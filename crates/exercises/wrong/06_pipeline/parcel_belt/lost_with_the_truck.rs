// Says that all went well though the truck has gone.
// => failed the_truck_may_leave_when_there_is_just_room

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
        // A parcel that is too heavy takes all there is: then nothing else lies there.
        let kilos = parcel.kilos.min(self.bears);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(kilos).await else {
            return Ok(());
        };
        self.belt.send(Taken { parcel, room }).map_err(|refused| refused.0.parcel)
    }
}

impl Truck {
    async fn take(&mut self) -> Option<Taken> {
        self.belt.recv().await
    }
}

impl Drop for Truck {
    fn drop(&mut self) {
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
