// Asks at most 256 at the same time, the next one when one has answered.
// => failed however_many_they_are_no_task_is_left

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut answers = vec![0; stations.len()];
    let mut asked = JoinSet::new();
    let mut waiting = stations.into_iter().enumerate();
    for (nth, station) in waiting.by_ref().take(256) {
        asked.spawn(async move { (nth, station.await) });
    }
    while let Some(said) = asked.join_next().await {
        let no = match said {
            Ok((nth, Ok(answer))) => {
                answers[nth] = answer;
                if let Some((nth, station)) = waiting.next() {
                    asked.spawn(async move { (nth, station.await) });
                }
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
