// A station that is the only one is asked in the caller's task.
// => failed each_is_asked_in_a_task_of_its_own

use futures::FutureExt;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(mut stations: Vec<Station>) -> Result<Vec<u32>, No> {
    if stations.len() == 1
        && let Some(only) = stations.pop()
    {
        return match AssertUnwindSafe(only).catch_unwind().await {
            Ok(Ok(answer)) => Ok(vec![answer]),
            Ok(Err(no)) => Err(No::Said(no)),
            Err(_) => Err(No::Panicked),
        };
    }
    let mut answers = vec![0; stations.len()];
    let mut asked = JoinSet::new();
    for (nth, station) in stations.into_iter().enumerate() {
        asked.spawn(async move { (nth, station.await) });
    }
    while let Some(said) = asked.join_next().await {
        let no = match said {
            Ok((nth, Ok(answer))) => {
                answers[nth] = answer;
                continue;
            }
            Ok((_, Err(no))) => No::Said(no),
            Err(_) => No::Panicked,
        };
        asked.shutdown().await;
        return Err(no);
    }
    Ok(answers)
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
