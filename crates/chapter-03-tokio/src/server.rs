//! A server bounds what each client may take of it, and when it stops it finishes what it began.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::join_all;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
    copy, sink,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

// ANCHOR: limits
/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Clients served at once. More wait to be accepted, in the operating system's queue.
    pub clients: usize,
    /// For a whole line to come, and for its answer to be taken.
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
/// Answers each line of each client until `shutdown` is ready. Then it takes no new clients, and
/// returns when the last answer is out: how many visits ended in which way.
pub async fn run<A, F>(
    listener: TcpListener,
    limits: Limits,
    answer: A,
    shutdown: impl Future<Output = ()>,
) -> BTreeMap<Ended, usize>
where
    A: Fn(String) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = String> + Send,
{
    let places = Arc::new(Semaphore::new(limits.clients));
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
            (place, stream) = accept(&listener, &places) => {
                let (answer, stop) = (answer.clone(), stop.clone());
                visits.spawn(async move {
                    let ended = serve(stream, limits, answer, stop).await;
                    drop(place);
                    ended
                });
            }
            Some(visit) = visits.join_next() => note(visit),
        }
    }
    drop(listener);
    stop.cancel();
    let stopping = info_span!("stopping");
    while let Some(visit) = visits.join_next().instrument(stopping.clone()).await {
        note(visit);
    }
    ended
}
// ANCHOR_END: run

// ANCHOR: accept
/// Waits for a free place first, and then for a client to take it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (OwnedSemaphorePermit, TcpStream) {
    let place = Arc::clone(places).acquire_owned().await.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (place, stream),
            // The process has too many files open, most likely. The client is still in the queue:
            // without a pause this would spin until another one leaves.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}
// ANCHOR_END: accept

// ANCHOR: serve
/// Answers the lines of one client, and says why when it ends the visit itself.
pub async fn serve<S, A, F>(stream: S, limits: Limits, answer: A, stop: CancellationToken) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(String) -> F,
    F: Future<Output = String>,
{
    let mut stream = BufReader::new(stream);
    let ended = loop {
        if let Err(ended) = exchange(&mut stream, limits, &answer, &stop).await {
            break ended;
        }
    };
    let reason = match ended {
        Ended::TooSlow => "too slow\n",
        Ended::TooLong => "line too long\n",
        Ended::Stopped => "closed\n",
        Ended::Left | Ended::Lost | Ended::Panicked => return ended,
    };
    // Who is let go anyway may miss the reason.
    let _ = timeout(limits.patience, say_goodbye(&mut stream, reason)).await;
    ended
}

/// Takes one line and answers it.
async fn exchange<S, A, F>(
    stream: &mut BufReader<S>,
    limits: Limits,
    answer: &A,
    stop: &CancellationToken,
) -> Result<(), Ended>
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(String) -> F,
    F: Future<Output = String>,
{
    let line = tokio::select! {
        // In this order: a line that came before the stop is answered.
        biased;
        line = timeout(limits.patience, read_line(stream, limits.line)) => line??,
        () = stop.cancelled() => return Err(Ended::Stopped),
    };
    // Not in the `select!`: what is begun is finished.
    let answer = answer(line).await + "\n";
    timeout(limits.patience, stream.write_all(answer.as_bytes())).await??;
    if stop.is_cancelled() { Err(Ended::Stopped) } else { Ok(()) }
}
// ANCHOR_END: serve

// ANCHOR: read_line
/// Reads a line of up to `most` bytes. Never holds more than that of a longer one.
async fn read_line(from: &mut (impl AsyncBufRead + Unpin), most: usize) -> Result<String, Ended> {
    let mut line = Vec::new();
    from.take(most as u64 + 1).read_until(b'\n', &mut line).await?;
    match line.pop() {
        Some(b'\n') => Ok(String::from_utf8_lossy(&line).into_owned()),
        Some(_) if line.len() == most => Err(Ended::TooLong),
        // The end of the stream. What came of a line before it is no request.
        _ => Err(Ended::Left),
    }
}
// ANCHOR_END: read_line

/// Says why the visit is over, and closes the connection once the client has.
async fn say_goodbye<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    reason: &str,
) -> io::Result<()> {
    stream.write_all(reason.as_bytes()).await?;
    stream.shutdown().await?;
    // A socket that is closed with bytes unread resets the connection, and a reset may overtake
    // what was just written.
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
pub async fn run_in_turn<A, F>(
    listener: TcpListener,
    limits: Limits,
    answer: A,
    shutdown: impl Future<Output = ()>,
) where
    A: Fn(String) -> F,
    F: Future<Output = String>,
{
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

/// Draws tickets by number.
#[derive(Clone, Debug, Default)]
pub struct Raffle {
    drawn: Arc<AtomicU32>,
}

impl Raffle {
    /// Draws the next ticket for `name`, and then takes its time to print it.
    async fn draw(self, name: String) -> String {
        let ticket = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        sleep(PRINTING).await;
        format!("ticket {ticket} for {name}")
    }
}

const UNIT: Duration = Duration::from_millis(20);
const PRINTING: Duration = UNIT.saturating_mul(2);
const LIMITS: Limits = Limits { clients: 100, patience: UNIT.saturating_mul(6), line: 80 };

/// Opens a raffle for the same five guests with each of the two servers.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let timeline = lessons::timeline("a task for each client: nobody waits for Zoe");
    let (raffle, listener) = (Raffle::default(), TcpListener::bind(ANY_PORT).await?);
    let guests = tokio::spawn(guests(listener.local_addr()?));
    let desk = raffle.clone();
    let draw = move |name| desk.clone().draw(name);
    // In a real program the end comes from `tokio::signal::ctrl_c`.
    let ended = run(listener, LIMITS, draw, sleep(11 * UNIT)).await;
    let told = guests.await?;
    timeline.draw();
    print(&told, &raffle);
    println!("how the visits ended: {ended:?}\n");

    let timeline = lessons::timeline("served in the loop that accepts: everybody waits for Zoe");
    let (raffle, listener) = (Raffle::default(), TcpListener::bind(ANY_PORT).await?);
    let guests = tokio::spawn(self::guests(listener.local_addr()?));
    let draw = |name| raffle.clone().draw(name);
    run_in_turn(listener, LIMITS, draw, sleep(11 * UNIT)).await;
    let told = guests.await?;
    timeline.draw();
    print(&told, &raffle);
    Ok(())
}

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// One guest drips from the beginning. The others come later, one of them just before the stop.
/// Returns what each was told.
async fn guests(address: SocketAddr) -> Vec<(&'static str, String)> {
    let arrivals = [("Zoe", 0), ("Ada", 1), ("Bo", 2), ("Cy", 3), ("Dee", 10)];
    let visits = arrivals.map(|(guest, units)| {
        tokio::spawn(async move {
            sleep(units * UNIT).await;
            let told = match units {
                0 => drip(address).instrument(info_span!("drip", guest)).await,
                _ => buy(address, guest).instrument(info_span!("buy", guest)).await,
            };
            (guest, told.unwrap_or_else(|error| error.kind().to_string()))
        })
    });
    join_all(visits).await.into_iter().map(|visit| visit.expect("no guest panics")).collect()
}

/// Sends a name and returns the answer, which is empty if the connection ends without one.
async fn buy(address: SocketAddr, name: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("{name}\n").as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    Ok(answer)
}

/// Sends a letter each unit, and never the end of the line, until the server says something.
async fn drip(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let (mut from, mut to) = stream.split();
    let dripping = async {
        while to.write_all(b"z").await.is_ok() {
            sleep(UNIT).await;
        }
    };
    let mut told = String::new();
    tokio::select! {
        () = dripping => {}
        read = from.read_to_string(&mut told) => drop(read?),
    }
    Ok(told)
}

fn print(told: &[(&str, String)], raffle: &Raffle) {
    for (guest, told) in told {
        let told = if told.is_empty() { "the connection ended" } else { told.trim_end() };
        println!("  {guest:<5} {told}");
    }
    let received = told.iter().filter(|(_, told)| told.starts_with("ticket")).count();
    println!("tickets drawn: {}, received: {received}", raffle.drawn.load(Ordering::Relaxed));
}

#[cfg(test)]
mod tests;
