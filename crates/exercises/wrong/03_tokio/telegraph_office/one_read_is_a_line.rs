// Takes what one read brings for a line.
// => failed each_line_has_its_answer_in_order

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
    let mut visits = JoinSet::new();
    while let Some(wire) = wires.recv().await {
        let (nth, answer) = (visits.len(), answer.clone());
        visits.spawn(async move { (nth, visit(wire, patience, answer).await) });
    }
    let mut ended = visits.join_all().await;
    ended.sort_by_key(|&(nth, _)| nth);
    ended.into_iter().map(|(_, ended)| ended).collect()
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
    let mut line = vec![0; LONGEST + 1];
    match wire.read(&mut line).await {
        Ok(0) | Err(_) => Err(Ended::Left),
        Ok(length) if length > LONGEST && line[length - 1] != b'\n' => Err(Ended::TooLong),
        Ok(length) => Ok(String::from_utf8_lossy(&line[..length]).trim_end().to_owned()),
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
