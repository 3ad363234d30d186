// Drops the set, which ends the tasks, but does not wait until they are gone.
// => failed no_task_is_left_after_a_no

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
    let mut answers = vec![0; asked.len()];
    while let Some(end) = asked.join_next().await {
        let (nth, answer) = end.map_err(|_| No::Panicked)?;
        answers[nth] = answer.map_err(No::Said)?;
    }
    Ok(answers)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let stations: Vec<Station> = vec![
        Box::pin(async { Ok(98) }),
        Box::pin(async { Err("there is a cow on the pad") }),
        Box::pin(std::future::pending()),
    ];
    println!("{:?}", ask_all(stations).await);
}
