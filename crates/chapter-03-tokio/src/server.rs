//! A server bounds what a client may take.
//!
//! When it stops, it finishes what it began.

// ANCHOR: program
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite,
    AsyncWriteExt, BufReader, copy, sink,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use self::stage::{Raffle, UNIT};

mod stage;

// ANCHOR: limits
/// Bounds on what a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Clients served at once. More wait to be accepted, in the operating
    /// system's queue.
    pub clients: usize,
    /// Time for a whole line to come, and for its answer to be taken.
    pub patience: Duration,
    /// Bytes of a line, its end not counted.
    pub line: usize,
}

/// How a client's visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// The client closed the connection.
    Left,
    /// A line did not come in time, or its answer was not taken in time.
    TooSlow,
    /// A line was too long.
    TooLong,
    /// The server stopped.
    Stopped,
    /// The connection broke.
    Lost,
    /// Answering panicked.
    Panicked,
}
// ANCHOR_END: limits

// ANCHOR: run
/// Answers each line of each client until `shutdown` is ready. Then it takes no
/// new clients, and returns when the last answer is out: the number of visits
/// that ended in each way.
pub async fn run<F: Future<Output = String> + Send>(
    listener: TcpListener,
    limits: Limits,
    answer: impl Fn(String) -> F + Clone + Send + Sync + 'static,
    shutdown: impl Future<Output = ()>,
) -> BTreeMap<Ended, usize> {
    let permits = Arc::new(Semaphore::new(limits.clients));
    let stop = CancellationToken::new();
    let mut visits = JoinSet::new();
    let mut ended = BTreeMap::new();
    let mut note = |visit: Result<Ended, JoinError>| {
        *ended.entry(visit.unwrap_or(Ended::Panicked)).or_default() += 1;
    };
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (permit, stream) = accept(&listener, &permits) => {
                let (answer, stop) = (answer.clone(), stop.clone());
                visits.spawn(async move {
                    let ended = serve(stream, limits, answer, stop).await;
                    drop(permit);
                    ended
                });
            }
            Some(visit) = visits.join_next() => note(visit),
        }
    }
    drop(listener);
    stop.cancel();
    let stopping = info_span!("stopping");
    while let Some(visit) =
        visits.join_next().instrument(stopping.clone()).await
    {
        note(visit);
    }
    ended
}
// ANCHOR_END: run

// ANCHOR: accept
/// Waits for a permit first, and then for a client to use it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (OwnedSemaphorePermit, TcpStream) {
    let permit = Arc::clone(permits)
        .acquire_owned()
        .await
        .expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (permit, stream),
            // The process has too many files open, most likely. The client is
            // still in the queue: without a pause this would spin until another
            // one leaves.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}
// ANCHOR_END: accept

// ANCHOR: serve
/// Answers the lines of one client, and says why when it ends the visit itself.
pub async fn serve<F: Future<Output = String>>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    limits: Limits,
    answer: impl Fn(String) -> F,
    stop: CancellationToken,
) -> Ended {
    let mut stream = BufReader::new(stream);
    let ended = loop {
        if let Err(ended) = exchange(&mut stream, limits, &answer, &stop).await
        {
            break ended;
        }
    };
    let reason = match ended {
        Ended::TooSlow => "too slow\n",
        Ended::TooLong => "line too long\n",
        Ended::Stopped => "closed\n",
        Ended::Left | Ended::Lost | Ended::Panicked => return ended,
    };
    // A client that does not read misses the reason.
    let _ = timeout(limits.patience, close(&mut stream, reason)).await;
    ended
}

/// Takes one line and answers it.
async fn exchange<F: Future<Output = String>>(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    limits: Limits,
    answer: &impl Fn(String) -> F,
    stop: &CancellationToken,
) -> Result<(), Ended> {
    let reading = timeout(limits.patience, read_line(stream, limits.line));
    let line = tokio::select! {
        // In this order: a line that came before the stop is answered.
        biased;
        line = reading => line??,
        () = stop.cancelled() => return Err(Ended::Stopped),
    };
    // Not in the `select!`: what is begun is finished.
    let answer = answer(line).await + "\n";
    timeout(limits.patience, stream.write_all(answer.as_bytes())).await??;
    if stop.is_cancelled() { Err(Ended::Stopped) } else { Ok(()) }
}
// ANCHOR_END: serve

// ANCHOR: read_line
/// Reads a line of up to `max` bytes. Never holds more than that of a longer
/// one.
async fn read_line(
    from: &mut (impl AsyncBufRead + Unpin),
    max: usize,
) -> Result<String, Ended> {
    let mut line = Vec::new();
    from.take(max as u64 + 1).read_until(b'\n', &mut line).await?;
    match line.pop() {
        Some(b'\n') => Ok(String::from_utf8_lossy(&line).into_owned()),
        Some(_) if line.len() == max => Err(Ended::TooLong),
        // The end of the stream: the beginning of a line is no request.
        _ => Err(Ended::Left),
    }
}
// ANCHOR_END: read_line

/// Tells the client why the visit is over, and closes the connection once the
/// client has.
async fn close(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    reason: &str,
) -> io::Result<()> {
    stream.write_all(reason.as_bytes()).await?;
    stream.shutdown().await?;
    // A socket that is closed with bytes unread resets the connection, and a
    // reset may overtake what was just written.
    copy(stream, &mut sink()).await?;
    Ok(())
}

impl From<Elapsed> for Ended {
    fn from(_: Elapsed) -> Self {
        Ended::TooSlow
    }
}

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Ended::Lost
    }
}

// ANCHOR: in_turn
/// Serves each client in the loop that accepts them.
pub async fn run_in_turn<F: Future<Output = String>>(
    listener: TcpListener,
    limits: Limits,
    answer: impl Fn(String) -> F,
    shutdown: impl Future<Output = ()>,
) {
    let serving = async {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream, limits, &answer, CancellationToken::new()).await;
        }
    };
    tokio::select! {
        () = serving => {}
        () = shutdown => {}
    }
}
// ANCHOR_END: in_turn

const LIMITS: Limits =
    Limits { clients: 100, patience: UNIT.saturating_mul(6), line: 80 };

/// Opens a raffle for the same five guests with each of the two servers.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let timeline =
        timeline::timeline("a task for each client: nobody waits for Zoe");
    let (raffle, listener) =
        (Raffle::default(), TcpListener::bind(ANY_PORT).await?);
    let guests = tokio::spawn(stage::guests(listener.local_addr()?));
    let desk = raffle.clone();
    let draw = move |name| desk.clone().draw(name);
    // In a real program the end comes from `tokio::signal::ctrl_c`.
    let ended = run(listener, LIMITS, draw, sleep(11 * UNIT)).await;
    let answers = guests.await?;
    timeline.draw();
    stage::print(&answers, &raffle);
    println!("how the visits ended: {ended:?}\n");

    let timeline = timeline::timeline(
        "served in the loop that accepts: everybody waits for Zoe",
    );
    let (raffle, listener) =
        (Raffle::default(), TcpListener::bind(ANY_PORT).await?);
    let guests = tokio::spawn(stage::guests(listener.local_addr()?));
    let draw = |name| raffle.clone().draw(name);
    run_in_turn(listener, LIMITS, draw, sleep(11 * UNIT)).await;
    let answers = guests.await?;
    timeline.draw();
    stage::print(&answers, &raffle);
    Ok(())
}

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);
// ANCHOR_END: program

#[cfg(test)]
mod tests;
