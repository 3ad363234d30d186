// Returns at the first no and drops the handles: their tasks go on by themselves.
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
    let asked = stations.into_iter().map(|station| {
        let handle = tokio::spawn(station);
        async move { handle.await.map_err(|_| No::Panicked)?.map_err(No::Said) }
    });
    futures::future::try_join_all(asked).await
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
