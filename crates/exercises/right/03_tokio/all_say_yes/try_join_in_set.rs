// Looks at the first no, and keeps the answers in their places.

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
    let mut answers = vec![None; asked.len()];
    let mut no = None;
    while no.is_none()
        && let Some(end) = asked.join_next().await
    {
        match end {
            Ok((nth, Ok(answer))) => answers[nth] = Some(answer),
            Ok((_, Err(reason))) => no = Some(No::Said(reason)),
            Err(_) => no = Some(No::Panicked),
        }
    }
    if let Some(no) = no {
        asked.abort_all();
        while asked.join_next().await.is_some() {}
        return Err(no);
    }
    let answers = answers.into_iter().flatten().collect();
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
