// Asks a station when the one before has answered.
// => failed all_are_asked_at_once_and_answer_in_order

use futures::future::BoxFuture;
use tokio::task::JoinSet;

type Station = BoxFuture<'static, Result<u32, &'static str>>;

#[derive(Debug, PartialEq)]
enum No {
    Said(&'static str),
    Panicked,
}

async fn ask_all(stations: Vec<Station>) -> Result<Vec<u32>, No> {
    let mut answers = Vec::new();
    for station in stations {
        match tokio::spawn(station).await {
            Ok(Ok(answer)) => answers.push(answer),
            Ok(Err(reason)) => return Err(No::Said(reason)),
            Err(_) => return Err(No::Panicked),
        }
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
