// Looks no more at the sign when all customers are gone.
// => failed lights_go_out_for_the_last_bags_too

use std::collections::HashMap;
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

async fn run_laundry<F>(
    mut bags: mpsc::Receiver<u32>,
    mut sign: watch::Receiver<Sign>,
    wash: impl Fn(u32) -> F,
) -> Report
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut in_wash = HashMap::<tokio::task::Id, u32>::new();
    let mut report = Report::default();
    let (mut taking, mut watching) = (true, true);
    while taking || !tasks.is_empty() {
        if !taking && !watching {
            let Some(ended) = tasks.join_next_with_id().await else { break };
            match ended {
                Ok((id, ())) => report.done.extend(in_wash.remove(&id)),
                Err(e) => report.not_done.extend(in_wash.remove(&e.id())),
            }
            continue;
        }
        let seen = *sign.borrow_and_update();
        match seen {
            Sign::Open => {}
            Sign::Closing => bags.close(),
            Sign::LightsOut => break,
        }
        tokio::select! {
            biased;
            changed = sign.changed(), if watching => watching = changed.is_ok(),
            Some(ended) = tasks.join_next_with_id() => match ended {
                Ok((id, ())) => report.done.extend(in_wash.remove(&id)),
                Err(e) => report.not_done.extend(in_wash.remove(&e.id())),
            },
            bag = bags.recv(), if taking => match bag {
                Some(bag) => {
                    in_wash.insert(tasks.spawn(wash(bag)).id(), bag);
                }
                None => {
                    taking = false;
                    watching = seen != Sign::Open;
                }
            },
        }
    }
    bags.close();
    tasks.abort_all();
    while let Some(ended) = tasks.join_next_with_id().await {
        match ended {
            Ok((id, ())) => report.done.extend(in_wash.remove(&id)),
            Err(e) => report.not_done.extend(in_wash.remove(&e.id())),
        }
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
