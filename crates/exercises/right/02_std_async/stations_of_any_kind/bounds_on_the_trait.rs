// The bounds stand on the traits, and a box of a box is a station, too.

use futures::executor::block_on;
use std::pin::Pin;
use std::thread::{self, JoinHandle};

trait Station: Send + Sync {
    fn degrees(&self) -> impl Future<Output = i32> + Send;
}

trait Boxing: Send + Sync {
    fn boxing<'a>(&'a self) -> Pin<Box<dyn Future<Output = i32> + Send + 'a>>;
}

impl<S: Station> Boxing for S {
    fn boxing<'a>(&'a self) -> Pin<Box<dyn Future<Output = i32> + Send + 'a>> {
        Box::pin(self.degrees())
    }
}

impl Station for AnyStation {
    async fn degrees(&self) -> i32 {
        (**self).boxing().await
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

type AnyStation = Box<dyn Boxing>;

fn any(station: impl Station + 'static) -> AnyStation {
    Box::new(station)
}

/// Asks one station on a thread of its own.
fn ask(station: &(impl Station + Sync)) -> i32 {
    let asking = station.degrees();
    thread::scope(|scope| scope.spawn(|| block_on(asking)).join()).expect("no station panics")
}

async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    futures::future::join_all(stations.iter().map(Station::degrees)).await
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
