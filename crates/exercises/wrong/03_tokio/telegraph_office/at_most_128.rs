// Serves at most 128 wires at once.
// => failed nobody_waits_for_a_slow_client

use std::time::Duration;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
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
    let mut tasks = JoinSet::new();
    let mut ended = Vec::new();
    loop {
        tokio::select! {
            Some(wire) = wires.recv(), if tasks.len() < 128 => {
                let nth = ended.len();
                ended.push(Ended::Left);
                let end = talk(wire, patience, answer.clone());
                tasks.spawn(async move { (nth, end.await) });
            }
            Some(end) = tasks.join_next() => {
                let (nth, end) = end.expect("an answer does not panic");
                ended[nth] = end;
            }
            else => return ended,
        }
    }
}

async fn talk<S, F>(wire: S, patience: Duration, answer: impl Fn(String) -> F) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = String>,
{
    let mut wire = BufReader::new(wire);
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut wire).take(LONGEST as u64 + 1);
        match timeout(patience, bounded.read_until(b'\n', &mut line)).await {
            Err(_) => return Ended::TooSlow,
            Ok(Err(_)) => return Ended::Left,
            Ok(Ok(_)) => {}
        }
        if line.pop_if(|b| *b == b'\n').is_none() {
            return if line.len() > LONGEST { Ended::TooLong } else { Ended::Left };
        }
        let mut said = answer(String::from_utf8_lossy(&line).into_owned()).await;
        said.push('\n');
        match timeout(patience, wire.write_all(said.as_bytes())).await {
            Err(_) => return Ended::TooSlow,
            Ok(Err(_)) => return Ended::Left,
            Ok(Ok(())) => {}
        }
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
