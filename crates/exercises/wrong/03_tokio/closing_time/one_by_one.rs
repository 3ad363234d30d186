// Washes in the loop: one bag after another, and nobody looks at the sign meanwhile.
// => failed closing_it_refuses_new_bags_and_washes_the_others

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
    let (mut done, mut not_done) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            biased;
            Ok(_) = sign.wait_for(|sign| *sign == Sign::LightsOut) => break,
            bag = bags.recv() => match bag {
                Some(bag) => {
                    wash(bag).await;
                    done.push(bag);
                }
                None => break,
            },
        }
        if *sign.borrow() == Sign::Closing {
            bags.close();
        }
    }
    bags.close();
    while let Ok(bag) = bags.try_recv() {
        not_done.push(bag);
    }
    Report { done, not_done }
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
