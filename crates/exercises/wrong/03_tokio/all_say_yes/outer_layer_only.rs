// Takes try_join_all for the handles: a task that ends with a no has ended well.
// => failed the_first_no_ends_it_whoever_says_it

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let handles = stations.into_iter().map(tokio::spawn);
    let ends = futures::future::try_join_all(handles).await.map_err(|_| No::Panicked)?;
    ends.into_iter().collect::<Result<_, _>>().map_err(No::Said)
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
