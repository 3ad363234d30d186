// If two say no, the one that came later is returned after an abort and a drain.
// => failed what_an_ended_station_does_is_no_answer

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
    let mut answers = vec![0; stations.len()];
    for (nth, station) in stations.into_iter().enumerate() { asked.spawn(async move { (nth, station.await) }); }
    let mut no = None;
    while let Some(end) = asked.join_next().await {
        match end {
            Ok((nth, Ok(a))) => answers[nth] = a,
            Ok((_, Err(why))) => no = Some(No::Said(why)),
            Err(e) if e.is_panic() => no = Some(No::Panicked),
            Err(_) => {}
        }
        if no.is_some() { asked.abort_all(); }
    }
    no.map_or(Ok(answers), Err)
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
