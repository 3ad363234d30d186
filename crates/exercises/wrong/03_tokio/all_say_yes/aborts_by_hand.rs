// Aborts the handles itself, which it cannot do when it is dropped.
// => failed dropped_itself_it_leaves_no_task

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut handles: Vec<_> = stations.into_iter().map(tokio::spawn).collect();
    let asked = handles
        .iter_mut()
        .map(async |handle| handle.await.map_err(|_| No::Panicked)?.map_err(No::Said));
    let end = futures::future::try_join_all(asked).await;
    handles.iter().for_each(|handle| handle.abort());
    for handle in &mut handles {
        if end.is_err() && !handle.is_finished() {
            let _ = handle.await;
        }
    }
    end
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
