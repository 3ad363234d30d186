// A station is asked by one at a time: who asks the same list waits.
// => failed several_may_ask_one_list_at_the_same_time

use futures::executor::block_on;
use std::pin::Pin;
use std::thread::{self, JoinHandle};

trait Station {
    /// Measures the temperature.
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

trait Boxed {
    fn boxed(&self) -> Pin<Box<dyn Future<Output = i32> + Send + '_>>;
}

impl<S: Station> Boxed for S {
    fn boxed(&self) -> Pin<Box<dyn Future<Output = i32> + Send + '_>> {
        Box::pin(self.degrees())
    }
}

/// A station of any kind.
struct AnyStation {
    station: Box<dyn Boxed + Send + Sync>,
    turn: futures::lock::Mutex<()>,
}

fn any(station: impl Station + Send + Sync + 'static) -> AnyStation {
    AnyStation { station: Box::new(station), turn: futures::lock::Mutex::new(()) }
}

/// Asks one station on a thread of its own.
fn ask(station: &(impl Station + Sync)) -> i32 {
    let asking = station.degrees();
    thread::scope(|scope| scope.spawn(|| block_on(asking)).join()).expect("no station panics")
}

async fn answer(any: &AnyStation) -> i32 {
    let _turn = any.turn.lock().await;
    (*any.station).boxed().await
}

/// Asks all stations at the same time. Returns what they said, in their order.
async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    let mut asking: Vec<Pin<Box<dyn Future<Output = i32> + Send + '_>>> = Vec::new();
    for station in stations {
        asking.push(Box::pin(answer(station)));
    }
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
