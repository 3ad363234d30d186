// A helper that may use ?, and a shutdown around it; sorted.

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn answers(asked: &mut JoinSet<(usize, Result<u32, &'static str>)>) -> Result<Vec<u32>, No> {
    let mut answers = std::collections::BTreeMap::new();
    while let Some(end) = asked.join_next().await {
        let (nth, answer) = end.or(Err(No::Panicked))?;
        answers.insert(nth, answer.map_err(No::Said)?);
    }
    Ok(answers.into_values().collect())
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut asked: JoinSet<_> = stations.into_iter().enumerate().map(|(nth, s)| async move { (nth, s.await) }).collect();
    let end = answers(&mut asked).await;
    asked.abort_all();
    while asked.join_next().await.is_some() {}
    end
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
