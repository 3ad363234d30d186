// A handle for each wire that ends its task when it is dropped.

use std::time::Duration;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The most bytes of a line, without its `\n`.
const LONGEST: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ended {
    Left,
    TooSlow,
    TooLong,
}

async fn serve<S, F>(
    mut wires: mpsc::Receiver<S>,
    patience: Duration,
    answer: impl Fn(String) -> F + Clone + Send + Sync + 'static,
) -> Vec<Ended>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    F: Future<Output = String> + Send + 'static,
{
    let (mut visits, mut ended) = (Vec::new(), Vec::new());
    while let Some(wire) = wires.recv().await {
        visits.push(Ends(tokio::spawn(visit(wire, patience, answer.clone()))));
    }
    for visit in &mut visits {
        ended.push((&mut visit.0).await.unwrap_or(Ended::Left));
    }
    ended
}

struct Ends<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Ends<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn visit<S, F>(wire: S, patience: Duration, answer: impl Fn(String) -> F) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = String>,
{
    // One buffer for the whole visit: it may hold the lines that come next.
    let mut wire = BufReader::new(wire);
    loop {
        let line = match timeout(patience, read_line(&mut wire)).await {
            Ok(Ok(line)) => line,
            Ok(Err(ended)) => return ended,
            Err(_) => return Ended::TooSlow,
        };
        let answer = answer(line).await + "\n";
        let write = async {
            wire.write_all(answer.as_bytes()).await?;
            wire.flush().await
        };
        match timeout(patience, write).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ended::Left,
            Err(_) => return Ended::TooSlow,
        }
    }
}

/// Reads a line, and never more than a byte too much of one that is too long.
async fn read_line(wire: &mut (impl AsyncBufRead + Unpin)) -> Result<String, Ended> {
    let mut line = Vec::new();
    let read = wire.take(LONGEST as u64 + 1).read_until(b'\n', &mut line).await;
    read.map_err(|_| Ended::Left)?;
    match line.pop() {
        Some(b'\n') => Ok(String::from_utf8_lossy(&line).into_owned()),
        Some(_) if line.len() == LONGEST => Err(Ended::TooLong),
        _ => Err(Ended::Left),
    }
}

fn main() {
    witness::within(Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let (line, wires) = mpsc::channel(2);
    let (mut client, wire) = tokio::io::duplex(64);
    line.send(wire).await.expect("the office is there");
    drop(line);
    let talk = async {
        client.write_all(b"arrive noon\n").await.expect("the office is there");
        client.shutdown().await.expect("the office is there");
        let mut answers = String::new();
        client.read_to_string(&mut answers).await.expect("it is text");
        answers
    };
    let answer = |line| async move { format!("received: {line}") };
    let serve = serve(wires, Duration::from_secs(1), answer);
    println!("{:?}", tokio::join!(talk, serve));
}
