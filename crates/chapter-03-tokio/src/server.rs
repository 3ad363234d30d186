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
mod tests {
    use super::*;
    use tokio::io::{DuplexStream, duplex};
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::oneshot;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::Instant;
    use witness::{Drops, Log, Rendezvous, within};

    /// For what will happen: no machine is so slow.
    const PATIENT: Duration = Duration::from_secs(120);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const LONG: Limits = Limits { clients: 2_000, patience: DAY, line: 80 };

    /// Runs `test` on one thread, with sockets. No test waits for real time: what it waits for, it
    /// brings about.
    fn on_sockets<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(PATIENT, || {
            let tokio = Builder::new_current_thread().enable_all().build();
            tokio.expect("a runtime").block_on(test())
        })
    }

    /// The same with a clock that jumps to the next timer when every task waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(PATIENT, || {
            let tokio = Builder::new_current_thread().enable_all().start_paused(true).build();
            tokio.expect("a runtime").block_on(test())
        })
    }

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind(ANY_PORT).await.expect("loopback");
        let address = listener.local_addr().expect("it is bound");
        (listener, address)
    }

    /// A server under way, and what stops it.
    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        server: JoinHandle<BTreeMap<Ended, usize>>,
    }

    async fn start<F: Future<Output = String> + Send + 'static>(
        limits: Limits,
        answer: impl Fn(String) -> F + Clone + Send + Sync + 'static,
    ) -> Running {
        let (listener, address) = listener().await;
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { stopped.await.expect("the test stops the server") };
        let server = tokio::spawn(run(listener, limits, answer, shutdown));
        Running { address, stop, server }
    }

    impl Running {
        async fn stop(self) -> BTreeMap<Ended, usize> {
            self.stop.send(()).expect("it runs");
            self.server.await.expect("it does not panic")
        }
    }

    async fn shout(line: String) -> String {
        line.to_uppercase()
    }

    struct Client(BufReader<TcpStream>);

    impl Client {
        async fn connect(address: SocketAddr) -> Self {
            let stream = TcpStream::connect(address).await.expect("somebody listens");
            Client(BufReader::new(stream))
        }

        async fn send(&mut self, text: &str) {
            self.0.write_all(text.as_bytes()).await.expect("the server reads");
        }

        async fn answer(&mut self) -> String {
            let mut line = String::new();
            self.0.read_line(&mut line).await.expect("no reset");
            line
        }

        /// Everything up to the end of the connection.
        async fn rest(mut self) -> String {
            let mut text = String::new();
            self.0.read_to_string(&mut text).await.expect("no reset");
            text
        }
    }

    /// Of how many clients this process can hold both ends at once, if `wanted` are wanted. Often
    /// it may open 1,024 files, and more if it says so.
    fn room_for(wanted: usize) -> usize {
        #[cfg(unix)]
        {
            use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
            // For other tests, and for the files of the runtime.
            const OTHERS: u64 = 200;
            let files = 2 * wanted as u64 + OTHERS;
            let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
            if current.is_some_and(|current| current < files) {
                let current = Some(maximum.map_or(files, |maximum| maximum.min(files)));
                // Whether it worked is asked below.
                let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
            }
            if let Some(files) = getrlimit(Resource::Nofile).current {
                return wanted.min((files.saturating_sub(OTHERS) / 2) as usize).max(1);
            }
        }
        wanted
    }

    #[test]
    fn a_thousand_clients_are_answered_while_one_drips_and_one_is_silent() {
        on_sockets(async || {
            let at_once = room_for(1_000);
            // No answer is ready before all have asked.
            let all_have_asked = Rendezvous::new(at_once);
            let running = start(LONG, move |line| {
                let meeting = all_have_asked.meet_async();
                async move {
                    meeting.await;
                    line.to_uppercase()
                }
            })
            .await;
            let address = running.address;
            let silent = Client::connect(address).await;
            let mut drips = Client::connect(address).await;
            let mut served = 0;
            while served < 1_000 {
                drips.send("z").await;
                let mut clients = vec![];
                for number in 0..at_once {
                    // One after another: the queue in which they wait to be accepted is short.
                    let mut client = Client::connect(address).await;
                    clients.push(tokio::spawn(async move {
                        client.send(&format!("guest {number}\n")).await;
                        // It stays to the end, which is when the server knows that it leaves.
                        client.0.shutdown().await.expect("the other half stays");
                        assert_eq!(client.rest().await, format!("GUEST {number}\n"));
                    }));
                }
                for client in join_all(clients).await {
                    client.expect("every guest got the own answer");
                    served += 1;
                }
            }
            drips.send("z").await;
            let slow = tokio::spawn(async move { [silent.rest().await, drips.rest().await] });
            let ended = running.stop().await;
            assert_eq!(ended, BTreeMap::from([(Ended::Left, served), (Ended::Stopped, 2)]));
            assert_eq!(slow.await.expect("no panic"), ["closed\n", "closed\n"]);
            assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
        });
    }

    #[test]
    fn who_finds_no_place_waits_until_somebody_leaves() {
        on_sockets(async || {
            let log = Log::new();
            let asked = log.clone();
            let answer = move |line: String| {
                asked.push(line.clone());
                shout(line)
            };
            let running = start(Limits { clients: 2, ..LONG }, answer).await;
            let mut clients = vec![];
            for name in ["ada\n", "bo\n", "cy\n"] {
                let mut client = Client::connect(running.address).await;
                client.send(name).await;
                clients.push(client);
            }
            let [mut ada, mut bo, mut cy] = <[Client; 3]>::try_from(clients).ok().expect("three");
            assert_eq!([ada.answer().await, bo.answer().await], ["ADA\n", "BO\n"]);
            // Everybody else has many turns, and there is none for cy.
            for _ in 0..100 {
                yield_now().await;
            }
            log.push("ada leaves".to_owned());
            drop(ada);
            assert_eq!(cy.answer().await, "CY\n");
            assert_eq!(log.events(), ["ada", "bo", "ada leaves", "cy"]);
            drop((bo, cy));
            running.stop().await;
        });
    }

    /// One client of a server, connected by a pipe in memory: it has no kernel that may be late, so
    /// virtual time is exact.
    fn piped(limits: Limits, room: usize) -> (DuplexStream, JoinHandle<Ended>) {
        let (client, server) = duplex(room);
        (client, tokio::spawn(serve(server, limits, shout, CancellationToken::new())))
    }

    async fn rest(client: &mut DuplexStream) -> String {
        let mut text = String::new();
        client.read_to_string(&mut text).await.expect("a pipe does not break");
        text
    }

    const MINUTE: Duration = Duration::from_secs(60);
    const BRIEF: Limits = Limits { patience: MINUTE, ..LONG };

    #[test]
    fn who_is_silent_is_let_go() {
        paused(async || {
            let start = Instant::now();
            let (mut client, visit) = piped(BRIEF, 64);
            assert_eq!(rest(&mut client).await, "too slow\n");
            assert_eq!(start.elapsed(), MINUTE);
            drop(client);
            assert_eq!(visit.await.expect("no panic"), Ended::TooSlow);
        });
    }

    #[test]
    fn who_drips_is_let_go_as_soon_as_who_is_silent() {
        paused(async || {
            let start = Instant::now();
            let (client, visit) = piped(BRIEF, 64);
            let (mut from, mut to) = tokio::io::split(client);
            let dripping = async {
                while to.write_all(b"z").await.is_ok() {
                    sleep(MINUTE / 4).await;
                }
            };
            let mut told = String::new();
            tokio::select! {
                () = dripping => {}
                read = from.read_to_string(&mut told) => drop(read.expect("a pipe")),
            }
            assert_eq!((told.as_str(), start.elapsed()), ("too slow\n", MINUTE));
            drop((from, to));
            assert_eq!(visit.await.expect("no panic"), Ended::TooSlow);
        });
    }

    #[test]
    fn each_line_has_its_own_patience() {
        paused(async || {
            let (client, visit) = piped(BRIEF, 64);
            let mut client = BufReader::new(client);
            for _ in 0..10 {
                sleep(MINUTE / 4 * 3).await;
                client.write_all(b"ada\n").await.expect("it is read");
                let mut line = String::new();
                client.read_line(&mut line).await.expect("it is answered");
                assert_eq!(line, "ADA\n");
            }
            drop(client);
            assert_eq!(visit.await.expect("no panic"), Ended::Left);
        });
    }

    #[test]
    fn who_takes_no_answer_is_let_go() {
        paused(async || {
            let start = Instant::now();
            // More than fits into the pipe.
            let (mut client, visit) = piped(BRIEF, 16);
            let asking = tokio::spawn(async move {
                // In the end the server hangs up.
                client.write_all(&b"a line of 16 b.\n".repeat(8)).await.expect_err("unread");
            });
            let ended = visit.await.expect("no panic");
            // A minute for the answer, and one for the reason.
            assert_eq!((ended, start.elapsed()), (Ended::TooSlow, 2 * MINUTE));
            asking.await.expect("no panic");
        });
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_not_longer() {
        paused(async || {
            let fits = "a".repeat(LONG.line);
            for (line, answer, ended) in [
                (format!("{fits}\n"), format!("{}\n", fits.to_uppercase()), Ended::Left),
                (format!("{fits}a\n"), "line too long\n".to_owned(), Ended::TooLong),
                ("a".repeat(1 << 20), "line too long\n".to_owned(), Ended::TooLong),
                // The client is gone in the middle of a line, which is no line.
                (fits, String::new(), Ended::Left),
            ] {
                let (client, visit) = piped(LONG, 64);
                let (mut from, mut to) = tokio::io::split(client);
                let sending = tokio::spawn(async move {
                    to.write_all(line.as_bytes()).await?;
                    to.shutdown().await
                });
                let mut told = String::new();
                from.read_to_string(&mut told).await.expect("a pipe");
                sending.await.expect("no panic").expect("all is read, or dropped");
                drop(from);
                assert_eq!((told, visit.await.expect("no panic")), (answer, ended));
            }
        });
    }

    #[test]
    fn the_reason_arrives_however_much_the_client_still_sends() {
        on_sockets(async || {
            let running = start(LONG, shout).await;
            let mut client = Client::connect(running.address).await;
            // More than the buffers of the sockets hold. Unread, it would reset the connection.
            client.send(&"a".repeat(16 << 20)).await;
            client.0.shutdown().await.expect("the other half stays");
            assert_eq!(client.rest().await, "line too long\n");
            assert_eq!(running.stop().await, BTreeMap::from([(Ended::TooLong, 1)]));
        });
    }

    #[test]
    fn lines_sent_at_once_are_answered_in_order() {
        on_sockets(async || {
            let running = start(LONG, shout).await;
            let mut client = Client::connect(running.address).await;
            client.send("ada\nbo\ncy\n").await;
            client.0.shutdown().await.expect("the other half stays");
            assert_eq!(client.rest().await, "ADA\nBO\nCY\n");
            assert_eq!(running.stop().await, BTreeMap::from([(Ended::Left, 1)]));
        });
    }

    /// Answers when the test opens it. Notes that an answer was begun, and whether it ended.
    #[derive(Clone)]
    struct Gate {
        begun: Rendezvous,
        open: Rendezvous,
        drops: Drops,
    }

    impl Gate {
        fn new() -> Self {
            Gate { begun: Rendezvous::new(2), open: Rendezvous::new(2), drops: Drops::new() }
        }

        async fn answer(self, line: String) -> String {
            let guard = self.drops.guard();
            self.begun.meet_async().await;
            self.open.meet_async().await;
            guard.finish();
            line.to_uppercase()
        }
    }

    #[test]
    fn a_stop_finishes_what_was_begun_and_takes_nothing_new() {
        on_sockets(async || {
            let gate = Gate::new();
            let answer = {
                let gate = gate.clone();
                move |line| gate.clone().answer(line)
            };
            let running = start(LONG, answer).await;
            let address = running.address;
            let mut ada = Client::connect(address).await;
            ada.send("ada\n").await;
            gate.begun.meet_async().await;
            let idle = Client::connect(address).await;

            let stopping = tokio::spawn(running.stop());
            assert_eq!(idle.rest().await, "closed\n");
            assert!(TcpStream::connect(address).await.is_err(), "nobody listens anymore");
            assert!(!stopping.is_finished(), "an answer is owed");
            gate.open.meet_async().await;
            assert_eq!(ada.rest().await, "ADA\nclosed\n");
            let ended = stopping.await.expect("no panic");
            assert_eq!(ended, BTreeMap::from([(Ended::Stopped, 2)]));
            assert_eq!((gate.drops.finished(), gate.drops.canceled()), (1, 0));
            assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
        });
    }

    #[test]
    fn a_line_that_is_there_before_the_stop_is_answered_and_one_after_it_is_not() {
        paused(async || {
            let (mut client, server) = duplex(64);
            let stop = CancellationToken::new();
            client.write_all(b"ada\nbo\n").await.expect("it fits");
            stop.cancel();
            let visit = tokio::spawn(serve(server, LONG, shout, stop));
            assert_eq!(rest(&mut client).await, "ADA\nclosed\n");
            drop(client);
            assert_eq!(visit.await.expect("no panic"), Ended::Stopped);
        });
    }

    #[test]
    fn a_panic_harms_the_one_who_asked_for_it() {
        on_sockets(async || {
            let running = start(LONG, |line: String| async move {
                assert_ne!(line, "bo", "on purpose");
                line.to_uppercase()
            })
            .await;
            let (mut ada, mut bo) =
                (Client::connect(running.address).await, Client::connect(running.address).await);
            bo.send("bo\n").await;
            assert_eq!(bo.answer().await, "");
            ada.send("ada\n").await;
            assert_eq!(ada.answer().await, "ADA\n");
            drop(ada);
            let ended = running.stop().await;
            assert_eq!(ended[&Ended::Panicked], 1);
        });
    }

    #[test]
    fn in_turn_nobody_is_answered_before_the_slow_one_is_gone() {
        paused(async || {
            let log = Log::new();
            let (listener, address) = listener().await;
            let silent = Client::connect(address).await;
            let mut ada = Client::connect(address).await;
            ada.send("ada\n").await;
            let clients = async {
                let slow = async {
                    log.push(("silent", silent.rest().await));
                };
                let quick = async {
                    log.push(("ada", ada.answer().await));
                };
                tokio::join!(slow, quick);
            };
            run_in_turn(listener, BRIEF, shout, clients).await;
            let [silent, ada] = [("silent", "too slow\n"), ("ada", "ADA\n")];
            assert_eq!(log.events(), [silent, ada].map(|(who, told)| (who, told.to_owned())));
        });
    }

    #[test]
    fn in_turn_the_stop_cuts_off_what_was_begun() {
        on_sockets(async || {
            let gate = Gate::new();
            let (listener, address) = listener().await;
            let mut ada = Client::connect(address).await;
            ada.send("ada\n").await;
            let answer = |line| gate.clone().answer(line);
            run_in_turn(listener, LONG, answer, gate.begun.meet_async()).await;
            assert_eq!((gate.drops.finished(), gate.drops.canceled()), (0, 1));
            assert_eq!(ada.rest().await, "");
        });
    }
}
