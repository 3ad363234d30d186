// `async_trait` by hand: an async block is boxed. All are polled by a loop of our own.

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
        Box::pin(async { self.degrees().await })
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

/// Asks one station on a thread of its own.
fn ask(station: &(impl Station + Sync)) -> i32 {
    let asking = station.degrees();
    thread::scope(|scope| scope.spawn(|| block_on(asking)).join()).expect("no station panics")
}

async fn ask_all(stations: &[AnyStation]) -> Vec<i32> {
    use std::task::Poll;
    let mut asking: Vec<_> = stations.iter().map(|station| station.boxed_degrees()).collect();
    let mut said: Vec<Option<i32>> = vec![None; asking.len()];
    std::future::poll_fn(|cx| {
        for (one, said) in asking.iter_mut().zip(&mut said) {
            if said.is_none()
                && let Poll::Ready(degrees) = one.as_mut().poll(cx)
            {
                *said = Some(degrees);
            }
        }
        if said.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    said.into_iter().flatten().collect()
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
