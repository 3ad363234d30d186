//! select! panics when every branch is off, so give it an else.

// ANCHOR: program
use std::error::Error;

use tokio::sync::mpsc;
use tokio::sync::mpsc::Receiver;

// ANCHOR: no_else
/// Hears two tables, whichever speaks. Panics when both are silent.
pub async fn no_else(
    mut left: Receiver<&'static str>,
    mut right: Receiver<&'static str>,
) {
    loop {
        tokio::select! {
            Some(_part) = left.recv() => {}
            Some(_part) = right.recv() => {}
        }
    }
}
// ANCHOR_END: no_else

// ANCHOR: both
/// Hears two tables until `enough` was said, or neither has more to say.
pub async fn both_tables(
    mut left: Receiver<&'static str>,
    mut right: Receiver<&'static str>,
    enough: usize,
) -> Vec<&'static str> {
    let mut heard = Vec::new();
    loop {
        let open = heard.len() < enough;
        tokio::select! {
            Some(part) = left.recv(), if open => heard.push(part),
            Some(part) = right.recv(), if open => heard.push(part),
            else => return heard,
        }
    }
}
// ANCHOR_END: both

// ANCHOR: biased
/// Hears two tables until neither has more to say, the left one first.
pub async fn left_first(
    mut left: Receiver<&'static str>,
    mut right: Receiver<&'static str>,
) -> Vec<&'static str> {
    let mut heard = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(part) = left.recv() => heard.push(part),
            Some(part) = right.recv() => heard.push(part),
            else => return heard,
        }
    }
}
// ANCHOR_END: biased

/// Hears the same two tables in four ways.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let soup_and_tea = || (table(["soup", "bread"]), table(["tea", "cake"]));
    let (left, right) = soup_and_tea();
    println!(
        "until both are silent   {} parts",
        both_tables(left, right, 10).await.len()
    );
    let (left, right) = soup_and_tea();
    println!(
        "until 3 parts are said  {} parts",
        both_tables(left, right, 3).await.len()
    );
    let (left, right) = soup_and_tea();
    println!("biased, left first      {:?}", left_first(left, right).await);

    let (left, right) = soup_and_tea();
    let end = tokio::spawn(no_else(left, right)).await;
    println!("without else            {}", end.expect_err("it panics"));
    Ok(())
}

/// A table that has said all it will say.
pub fn table<const N: usize>(
    parts: [&'static str; N],
) -> Receiver<&'static str> {
    let (say, said) = mpsc::channel(N);
    for part in parts {
        say.try_send(part).expect("there is room for all");
    }
    said
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
