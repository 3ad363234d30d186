// Looks at the sign again only when the channel is empty, which a customer with a place in it prevents.
// => failed lights_out_ends_the_tasks_although_a_customer_has_a_place

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
    let mut tasks = JoinSet::new();
    let mut of_task = std::collections::HashMap::new();
    let mut report = Report::default();
    let mut look = sign.clone();
    loop {
        tokio::select! {
            biased;
            Ok(_) = look.wait_for(|sign| *sign != Sign::Open) => break,
            bag = bags.recv() => match bag {
                None => break,
                Some(bag) => {
                    of_task.insert(tasks.spawn(wash(bag)).id(), bag);
                }
            },
        }
    }
    bags.close();
    let mut dark = *sign.borrow() == Sign::LightsOut;
    while let Some(bag) = bags.recv().await {
        if dark {
            report.not_done.push(bag);
        } else {
            of_task.insert(tasks.spawn(wash(bag)).id(), bag);
        }
    }
    loop {
        if dark {
            tasks.abort_all();
        }
        tokio::select! {
            biased;
            Ok(_) = sign.wait_for(|sign| *sign == Sign::LightsOut), if !dark => dark = true,
            ended = tasks.join_next_with_id() => match ended {
                None => return report,
                Some(Ok((id, ()))) => report.done.push(of_task[&id]),
                Some(Err(error)) => report.not_done.push(of_task[&error.id()]),
            },
        }
    }
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
