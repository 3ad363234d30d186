// Takes off a `\r` at the end of a line, as `lines` does.
// => failed bytes_that_are_no_text_cost_no_other

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

async fn talk<S, F>(wire: S, patience: Duration, answer: impl Fn(String) -> F) -> Ended
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
    F: Future<Output = String>,
{
    let mut wire = BufReader::new(wire);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut wire).take(LONGEST as u64 + 1);
        let whole = bounded.read_until(b'\n', &mut line);
        match timeout(patience, whole).await {
            Err(_) => return Ended::TooSlow,
            Ok(Err(_)) => return Ended::Left,
            Ok(Ok(_)) => {}
        }
        if line.pop_if(|last| *last == b'\n').is_none() {
            return if line.len() > LONGEST { Ended::TooLong } else { Ended::Left };
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        let mut said = answer(String::from_utf8_lossy(&line).into_owned()).await;
        said.push('\n');
        let sent = async {
            wire.write_all(said.as_bytes()).await?;
            wire.flush().await
        };
        match timeout(patience, sent).await {
            Err(_) => return Ended::TooSlow,
            Ok(Err(_)) => return Ended::Left,
            Ok(Ok(())) => {}
        }
    }
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
    let mut ended: Vec<Option<Ended>> = Vec::new();
    let mut more = true;
    loop {
        tokio::select! {
            wire = wires.recv(), if more => match wire {
                None => more = false,
                Some(wire) => {
                    let (number, answer) = (ended.len(), answer.clone());
                    ended.push(None);
                    tasks.spawn(async move { (number, talk(wire, patience, answer).await) });
                }
            },
            Some(end) = tasks.join_next() => {
                let (number, end) = end.expect("nobody panics");
                ended[number] = Some(end);
            }
            else => return ended.into_iter().flatten().collect(),
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
