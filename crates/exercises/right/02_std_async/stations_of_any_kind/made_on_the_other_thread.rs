// The future of one station is made on the thread that polls it.

use futures::executor::block_on;
use std::pin::Pin;
use std::thread::{self, JoinHandle};

trait Station {
    /// Measures the temperature. The future may move to another thread.
    fn degrees(&self) -> impl Future<Output = i32> + Send;
}

/// A [`Station`] behind `dyn`: the futures of all kinds are of one type.
trait DynStation: Send + Sync {
    fn boxed_degrees(&self) -> Pin<Box<dyn Future<Output = i32> + Send + '_>>;
}

impl<S: Station + Send + Sync> DynStation for S {
    fn boxed_degrees(&self) -> Pin<Box<dyn Future<Output = i32> + Send + '_>> {
        Box::pin(self.degrees())
    }
}

/// A station on a roof.
struct Roof(i32);

impl Station for Roof {
    async fn degrees(&self) -> i32 {
        self.0
    }
}

/// A buoy far out, which answers by radio.
struct Buoy(String);

impl Station for Buoy {
    async fn degrees(&self) -> i32 {
        tokio::task::yield_now().await;
        self.0.parse().unwrap_or_default()
    }
}

/// A station of any kind.
type AnyStation = Box<dyn DynStation>;

fn any(station: impl Station + Send + Sync + 'static) -> AnyStation {
    Box::new(station)
}

fn ask(station: &(impl Station + Sync)) -> i32 {
    thread::scope(|scope| {
        let asking = scope.spawn(|| block_on(station.degrees()));
        asking.join().expect("no station panics")
    })
}

/// Asks all stations at the same time. Returns what they said, in their order.
async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    futures::future::join_all(stations.iter().map(|station| station.boxed_degrees())).await
}

/// Runs a future on a thread of its own.
fn on_a_thread<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    thread::spawn(|| block_on(future))
}

fn main() {
    println!("the roof alone: {}", ask(&Roof(21)));
    let stations = vec![any(Roof(19)), any(Buoy("12".to_owned()))];
    println!("the roof and the buoy: {:?}", block_on(ask_all(&stations)));
}
