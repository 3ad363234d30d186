// Ids of tasks, a map from id to bag, one branch for the sign.

use std::collections::HashSet;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Open,
    Closing,
    LightsOut,
}

#[derive(Debug, Default, PartialEq)]
struct Report {
    done: Vec<u32>,
    not_done: Vec<u32>,
}

fn note(
    end: Result<(tokio::task::Id, ()), tokio::task::JoinError>,
    washing: &mut std::collections::HashMap<tokio::task::Id, u32>,
    report: &mut Report,
) {
    match end {
        Ok((id, ())) => report.done.extend(washing.remove(&id)),
        Err(error) => report.not_done.extend(washing.remove(&error.id())),
    }
}

async fn run_laundry<F>(
    mut bags: mpsc::Receiver<u32>,
    mut sign: watch::Receiver<Sign>,
    wash: impl Fn(u32) -> F,
) -> Report
where
    F: Future<Output = ()> + Send + 'static,
{
    use std::collections::HashMap;
    let mut report = Report::default();
    let mut tasks = JoinSet::new();
    let mut washing = HashMap::new();
    let mut drained = false;
    loop {
        let now = *sign.borrow_and_update();
        if now != Sign::Open {
            bags.close();
        }
        if now == Sign::LightsOut || drained && tasks.is_empty() {
            break;
        }
        tokio::select! {
            Ok(()) = sign.changed() => {}
            bag = bags.recv(), if !drained => match bag {
                Some(bag) => { washing.insert(tasks.spawn(wash(bag)).id(), bag); }
                None => drained = true,
            },
            Some(end) = tasks.join_next_with_id() => note(end, &mut washing, &mut report),
        }
    }
    tasks.abort_all();
    while let Some(end) = tasks.join_next_with_id().await {
        note(end, &mut washing, &mut report);
    }
    while let Some(bag) = bags.recv().await {
        report.not_done.push(bag);
    }
    report
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (customers, bags) = mpsc::channel(10);
    let (sign, seen) = watch::channel(Sign::Open);
    customers.send(1).await.expect("the laundry is there");
    sign.send_replace(Sign::Closing);
    let wash = |bag| async move { println!("bag {bag} is washed") };
    println!("{:?}", run_laundry(bags, seen, wash).await);
}
