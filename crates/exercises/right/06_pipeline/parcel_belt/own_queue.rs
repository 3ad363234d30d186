// A queue of its own: a mutex for the place in the queue, a notice for the room.

use std::sync::Arc;
use tokio::sync::{Mutex, Notify, mpsc};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Parcel {
    number: u32,
    kilos: u32,
}

/// The shops' end. Each shop has a clone.
#[derive(Clone)]
struct Shop {
    bears: u32,
    load: Arc<Load>,
    /// Whoever holds it is the next.
    next: Arc<Mutex<()>>,
    belt: mpsc::UnboundedSender<Taken>,
}

/// The truck's end.
struct Truck {
    belt: mpsc::UnboundedReceiver<Taken>,
}

/// A parcel with the room that it takes on the belt.
struct Taken {
    parcel: Parcel,
    load: Arc<Load>,
}

#[derive(Default)]
struct Load {
    kilos: std::sync::Mutex<u32>,
    less: Notify,
}

impl Drop for Taken {
    fn drop(&mut self) {
        *self.load.kilos.lock().unwrap() -= self.parcel.kilos;
        self.load.less.notify_one();
    }
}

fn belt(bears: u32) -> (Shop, Truck) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let shop = Shop { bears, load: Arc::default(), next: Arc::default(), belt: sender };
    (shop, Truck { belt: receiver })
}

impl Shop {
    /// Waits for room on the belt. An error is the parcel: the truck has gone.
    async fn put(&self, parcel: Parcel) -> Result<(), Parcel> {
        // A parcel that is too heavy takes all there is: then nothing else lies there.
        let room = async {
            let _next = self.next.lock().await;
            loop {
                {
                    let mut kilos = self.load.kilos.lock().unwrap();
                    if *kilos == 0 || *kilos + parcel.kilos <= self.bears {
                        *kilos += parcel.kilos;
                        let load = Arc::clone(&self.load);
                        return self.belt.send(Taken { parcel, load }).map_err(|_| parcel);
                    }
                }
                self.load.less.notified().await;
            }
        };
        tokio::select! {
            biased;
            () = self.belt.closed() => Err(parcel),
            put = room => put,
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
