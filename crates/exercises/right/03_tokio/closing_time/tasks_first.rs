// Closes, ends the tasks, and takes out last what nobody took.

use std::collections::BTreeSet;
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
    let mut lights = sign.clone();
    let (mut tasks, mut left, mut done) = (JoinSet::new(), BTreeSet::new(), Vec::new());
    let (mut open, mut more) = (true, true);
    while more || !tasks.is_empty() {
        tokio::select! {
            biased;
            Ok(_) = lights.wait_for(|sign| *sign == Sign::LightsOut) => break,
            Ok(_) = sign.wait_for(|sign| *sign != Sign::Open), if open => {
                open = false;
                bags.close();
            }
            bag = bags.recv(), if more => match bag {
                Some(bag) => {
                    left.insert(bag);
                    let washing = wash(bag);
                    tasks.spawn(async move {
                        washing.await;
                        bag
                    });
                }
                None => more = false,
            },
            Some(end) = tasks.join_next() => {
                // A bag whose task panicked stays in `left`.
                if let Ok(bag) = end {
                    left.remove(&bag);
                    done.push(bag);
                }
            }
        }
    }
    // Closed first, and then received to the end: a customer may be about to put a bag in.
    bags.close();
    tasks.abort_all();
    while let Some(end) = tasks.join_next().await {
        if let Ok(bag) = end {
            left.remove(&bag);
            done.push(bag);
        }
    }
    while let Some(bag) = bags.recv().await {
        left.insert(bag);
    }
    Report { done, not_done: left.into_iter().collect() }
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
