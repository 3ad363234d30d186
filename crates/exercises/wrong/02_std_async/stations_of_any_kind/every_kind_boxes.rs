// Boxes in the trait itself: then no kind is written with `async fn`.
// => did not compile E0053

use futures::executor::block_on;
use std::pin::Pin;
use std::thread::{self, JoinHandle};

trait Station: Send + Sync {
    fn degrees(&self) -> Pin<Box<dyn Future<Output = i32> + Send + '_>>;
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
type AnyStation = Box<dyn Station>;

fn any(station: impl Station + Send + Sync + 'static) -> AnyStation {
    Box::new(station)
}

/// Asks one station on a thread of its own.
fn ask(station: &(impl Station + Sync)) -> i32 {
    let asking = station.degrees();
    thread::scope(|scope| scope.spawn(|| block_on(asking)).join()).expect("no station panics")
}

/// Asks all stations at the same time. Returns what they said, in their order.
async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    futures::future::join_all(stations.iter().map(|station| station.degrees())).await
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
