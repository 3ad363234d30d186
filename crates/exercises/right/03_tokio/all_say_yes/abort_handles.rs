// A `JoinSet` for the answers, sorted in the end.

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut asked = JoinSet::new();
    for (nth, station) in stations.into_iter().enumerate() {
        asked.spawn(async move { (nth, station.await) });
    }
    let mut answers = std::collections::BTreeMap::new();
    while let Some(end) = asked.join_next().await {
        let no = match end {
            Ok((nth, Ok(answer))) => {
                answers.insert(nth, answer);
                continue;
            }
            Ok((_, Err(reason))) => No::Said(reason),
            Err(_) => No::Panicked,
        };
        asked.shutdown().await;
        return Err(no);
    }
    Ok(answers.into_values().collect())
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
