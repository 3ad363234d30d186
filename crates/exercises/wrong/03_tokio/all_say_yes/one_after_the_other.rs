// Ends the tasks one after the other, and waits for each: whoever drops it meanwhile leaves the others.
// => failed dropped_after_any_poll_it_leaves_no_task

use futures::future::BoxFuture;
type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::task::AbortHandle;

struct EndAll(Vec<AbortHandle>);

impl Drop for EndAll {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut answers = vec![0; stations.len()];
    let mut guard = EndAll(Vec::new());
    let mut asked = FuturesUnordered::new();
    for (place, station) in stations.into_iter().enumerate() {
        let handle = tokio::spawn(station);
        guard.0.push(handle.abort_handle());
        asked.push(async move { (place, handle.await) });
    }
    let mut no = None;
    while let Some((place, said)) = asked.next().await {
        match said {
            Ok(Ok(answer)) => answers[place] = answer,
            Ok(Err(why)) => no = Some(No::Said(why)),
            Err(_) => no = Some(No::Panicked),
        }
        if no.is_some() {
            break;
        }
    }
    let Some(no) = no else {
        return Ok(answers);
    };
    for task in std::mem::take(&mut guard.0) {
        task.abort();
        while !task.is_finished() {
            if asked.next().await.is_none() {
                break;
            }
        }
    }
    while asked.next().await.is_some() {}
    Err(no)
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let stations: Vec<Station> = vec![
        Box::pin(async { Ok(98) }),
        Box::pin(async { Err("there is a cow on the pad") }),
        Box::pin(std::future::pending()),
    ];
    println!("{:?}", ask_all(stations).await);
}
