use super::*;
use futures::future::join_all;
use std::net::SocketAddr;
use tokio::io::{DuplexStream, duplex};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::Instant;
use witness::{Drops, Log, PATIENT, Rendezvous, paused, within};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LONG: Limits = Limits { clients: 2_000, patience: DAY, line: 80 };

/// Runs `test` on one thread, with sockets. No test waits for real time: what
/// it waits for, it brings about.
fn on_sockets<T: Send + 'static>(
    test: impl AsyncFnOnce() -> T + Send + 'static,
) -> T {
    within(PATIENT, || {
        let tokio = Builder::new_current_thread().enable_all().build();
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
    let shutdown =
        async move { stopped.await.expect("the test stops the server") };
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
        let stream =
            TcpStream::connect(address).await.expect("somebody listens");
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

/// Of how many clients this process can hold both ends at once, if `wanted` are
/// wanted. Often it may open 1,024 files, and more if it says so.
fn room_for(wanted: usize) -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // For other tests, and for the files of the runtime.
        const OTHERS: u64 = 200;
        let files = 2 * wanted as u64 + OTHERS;
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current.is_some_and(|current| current < files) {
            let current =
                Some(maximum.map_or(files, |maximum| maximum.min(files)));
            // Whether it worked is asked below.
            let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
        }
        if let Some(files) = getrlimit(Resource::Nofile).current {
            return wanted
                .min((files.saturating_sub(OTHERS) / 2) as usize)
                .max(1);
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
                // One after another: the queue in which they wait to be
                // accepted is short.
                let mut client = Client::connect(address).await;
                clients.push(tokio::spawn(async move {
                    client.send(&format!("guest {number}\n")).await;
                    // It stays to the end, which is when the server knows that
                    // it leaves.
                    client.0.shutdown().await.expect("the other half stays");
                    assert_eq!(
                        client.rest().await,
                        format!("GUEST {number}\n")
                    );
                }));
            }
            for client in join_all(clients).await {
                client.expect("every guest got the own answer");
                served += 1;
            }
        }
        drips.send("z").await;
        let slow =
            tokio::spawn(
                async move { [silent.rest().await, drips.rest().await] },
            );
        let ended = running.stop().await;
        assert_eq!(
            ended,
            BTreeMap::from([(Ended::Left, served), (Ended::Stopped, 2)])
        );
        assert_eq!(slow.await.expect("no panic"), ["closed\n", "closed\n"]);
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn who_gets_no_permit_waits_until_somebody_leaves() {
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
        let [mut ada, mut bo, mut cy] =
            <[Client; 3]>::try_from(clients).ok().expect("three");
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

/// One client of a server, connected by a pipe in memory: it has no kernel that
/// may be late, so virtual time is exact.
fn piped(limits: Limits, room: usize) -> (DuplexStream, JoinHandle<Ended>) {
    let (client, server) = duplex(room);
    (
        client,
        tokio::spawn(serve(server, limits, shout, CancellationToken::new())),
    )
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
            client
                .write_all(&b"a line of 16 b.\n".repeat(8))
                .await
                .expect_err("unread");
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
            (
                format!("{fits}\n"),
                format!("{}\n", fits.to_uppercase()),
                Ended::Left,
            ),
            (
                format!("{fits}a\n"),
                "line too long\n".to_owned(),
                Ended::TooLong,
            ),
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
        // More than the buffers of the sockets hold. Unread, it would reset the
        // connection.
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

/// Answers when the test opens it. Notes that an answer was begun, and whether
/// it ended.
#[derive(Clone)]
struct Gate {
    begun: Rendezvous,
    open: Rendezvous,
    drops: Drops,
}

impl Gate {
    fn new() -> Self {
        Gate {
            begun: Rendezvous::new(2),
            open: Rendezvous::new(2),
            drops: Drops::new(),
        }
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
        assert!(
            TcpStream::connect(address).await.is_err(),
            "nobody listens anymore"
        );
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
        let (mut ada, mut bo) = (
            Client::connect(running.address).await,
            Client::connect(running.address).await,
        );
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
        assert_eq!(
            log.events(),
            [silent, ada].map(|(who, told)| (who, told.to_owned()))
        );
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
