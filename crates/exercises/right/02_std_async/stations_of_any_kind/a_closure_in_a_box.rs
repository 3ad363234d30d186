// The list holds closures, each of which owns its station. There is no second trait.

use futures::executor::block_on;
use std::pin::Pin;
use std::thread::{self, JoinHandle};

use futures::future::{BoxFuture, FutureExt};

trait Station {
    fn degrees(&self) -> impl Future<Output = i32> + Send;
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

type AnyStation = Box<dyn Fn() -> BoxFuture<'static, i32> + Send + Sync>;

fn any(station: impl Station + Send + Sync + 'static) -> AnyStation {
    let station = std::sync::Arc::new(station);
    Box::new(move || {
        let station = std::sync::Arc::clone(&station);
        async move { station.degrees().await }.boxed()
    })
}

/// Asks one station on a thread of its own.
fn ask(station: &(impl Station + Sync)) -> i32 {
    let asking = station.degrees();
    thread::scope(|scope| scope.spawn(|| block_on(asking)).join()).expect("no station panics")
}

async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    let asking: Vec<_> = stations.iter().map(|ask| ask()).collect();
    futures::future::join_all(asking).await
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
