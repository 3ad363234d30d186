// The same, and what had ended by itself at lights out is done.

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

async fn run_laundry<F>(
    mut bags: mpsc::Receiver<u32>,
    mut sign: watch::Receiver<Sign>,
    wash: impl Fn(u32) -> F,
) -> Report
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut closing = sign.clone();
    let mut report = Report::default();
    let mut left: HashSet<u32> = HashSet::new();
    let mut tasks = JoinSet::new();
    let (mut open, mut more) = (true, true);
    while more || !tasks.is_empty() {
        tokio::select! {
            biased;
            _ = sign.wait_for(|sign| *sign == Sign::LightsOut) => {
                bags.close();
                tasks.abort_all();
                while let Some(bag) = bags.recv().await { left.insert(bag); }
                while let Some(end) = tasks.join_next().await {
                    if let Ok(bag) = end { left.remove(&bag); report.done.push(bag); }
                }
                break;
            }
            _ = closing.wait_for(|sign| *sign != Sign::Open), if open => {
                open = false;
                bags.close();
            }
            bag = bags.recv(), if more => match bag {
                Some(bag) => {
                    left.insert(bag);
                    let washing = wash(bag);
                    tasks.spawn(async move { washing.await; bag });
                }
                None => more = false,
            },
            Some(end) = tasks.join_next(), if !tasks.is_empty() => {
                if let Ok(bag) = end { left.remove(&bag); report.done.push(bag); }
            }
        }
    }
    report.not_done.extend(left);
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
