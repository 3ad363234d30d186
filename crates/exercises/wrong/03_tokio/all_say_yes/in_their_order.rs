// Waits for the handles in their order: a no is heard when all before it have answered.
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
    let mut handles: Vec<_> = stations.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for nth in 0..handles.len() {
        let no = match (&mut handles[nth]).await {
            Ok(Ok(answer)) => {
                answers.push(answer);
                continue;
            }
            Ok(Err(reason)) => No::Said(reason),
            Err(_) => No::Panicked,
        };
        for handle in &mut handles[nth + 1..] {
            handle.abort();
            let _ = handle.await;
        }
        return Err(no);
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
