//! The server: its settings, its thread, its accept loop and its end.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::counts::Counts;
use crate::fault::{Fault, Faults};
use crate::paths;
use crate::respond::{ServerState, respond};
use crate::site::Site;
use crate::wire::{Link, Wire};

/// A running server. It ends when this is dropped: its connections close,
/// whatever is in flight, and its thread is joined.
pub struct Origin {
    state: Arc<ServerState>,
    cpu_clock: Option<PathBuf>,
    stop: Option<oneshot::Sender<Infallible>>,
    ended: Mutex<mpsc::Receiver<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Origin {
    /// A server for `site`, to be set up and started.
    pub fn serve(site: Site) -> Builder {
        Builder {
            site,
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            bandwidth: None,
            gzip: false,
            faults: Faults {
                seed: 1,
                by_path: HashMap::new(),
                by_rate: Vec::new(),
            },
            max_connections: 10_000,
        }
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.state.base.clone()
    }

    /// The URL of a path, which need not be one of the site's.
    #[must_use]
    pub fn url_of(&self, path: &str) -> String {
        format!("{}{}", self.state.base, paths::tidy(path))
    }

    /// The URLs of all HTML pages, sorted.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.site()
            .paths()
            .iter()
            .map(|path| format!("{}{path}", self.state.base))
            .collect()
    }

    /// The address the server listens on, always loopback.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let address = self.state.base.trim_start_matches("http://");
        address.parse().expect("the base was made from an address")
    }

    /// The site that is served.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.state.site
    }

    /// The requests, connections and bytes so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state.counters.counts()
    }

    /// How often a path was requested, the hops of its redirects among them.
    #[must_use]
    pub fn requests_of(&self, path: &str) -> u64 {
        paths::decode(path)
            .map_or(0, |path| self.state.counters.requests_of(&path))
    }

    /// Starts counting anew, and the faults with it: the next request of a path
    /// is its first. Requests in flight stay counted.
    pub fn reset_counts(&self) {
        self.state.counters.reset();
    }

    /// The fault that the request of `path` will meet which `attempts` others
    /// came before. Tests learn from it what to expect of a rate.
    #[must_use]
    pub fn fault_at(&self, path: &str, attempts: u64) -> Option<&Fault> {
        let path = paths::decode(path)?;
        let is_page =
            self.site().find(&path).is_some_and(|found| found.is_page());
        self.state.faults.pick(&path, is_page, attempts)
    }

    /// The CPU time that the server's thread has used so far. `None` where the
    /// system does not say, which is everywhere but on Linux.
    #[must_use]
    pub fn cpu_time(&self) -> Option<Duration> {
        let schedstat =
            std::fs::read_to_string(self.cpu_clock.as_ref()?).ok()?;
        // "time spent on the cpu (in nanoseconds)",
        // Documentation/scheduler/sched-stats.rst.
        let nanoseconds = schedstat.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("url", &self.state.base)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        drop(self.stop.take());
        // The thread waits for nothing but its sockets, so this takes as long
        // as the page it is making. If a disk hangs under it, the thread is
        // left behind rather than waited for.
        let ended =
            self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Err(error) = ended.recv_timeout(Duration::from_secs(1));
        if error == mpsc::RecvTimeoutError::Disconnected
            && let Some(thread) = self.thread.take()
        {
            // A panic of the thread has been printed; another one in a drop
            // would abort.
            let _ = thread.join();
        }
    }
}

/// A server before its start, see [`Origin::serve`].
#[derive(Clone, Debug)]
#[must_use = "a server serves after `start`"]
pub struct Builder {
    site: Site,
    latency: Duration,
    jitter: Duration,
    bandwidth: Option<u64>,
    gzip: bool,
    faults: Faults,
    max_connections: usize,
}

impl Builder {
    /// Every response starts this much later. Requests wait side by side.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Up to this much more latency. How much follows from the seed, the path
    /// and how often it was requested.
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// Limits what a connection sends, in bytes per second.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.bandwidth = Some(bytes_per_second);
        self
    }

    /// Compresses text for clients that accept gzip.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// A fault for every request of a path, in place of one set before.
    pub fn fault(mut self, path: &str, fault: Fault) -> Self {
        // What does not decode cannot be requested either.
        if let Some(path) = paths::decode(path) {
            self.faults.by_path.insert(path, fault);
        }
        self
    }

    /// A fault for the first requests of a path: the same as [`Fault::first`].
    pub fn fault_times(self, path: &str, times: u64, fault: Fault) -> Self {
        self.fault(path, Fault::first(times, fault))
    }

    /// A fault for a share of all requests of pages, from 0 to 1, on top of
    /// others set before. Which requests follows from the seed, the path and
    /// how often it was requested before; not from their order. Paths with a
    /// fault of their own are exempt.
    pub fn fault_rate(mut self, rate: f64, fault: Fault) -> Self {
        self.faults.by_rate.push((rate, fault));
        self
    }

    /// Other jitter and other faults by rate. The default is 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.faults.seed = seed;
        self
    }

    /// How many connections are open at once; more wait to be accepted. The
    /// default is 10,000.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// Starts the server on a free port of 127.0.0.1, on a thread of its own.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for a fault that cannot be sent or a
    /// rate outside 0 to 1; otherwise those of binding and of starting a
    /// thread.
    pub fn start(self) -> io::Result<Origin> {
        if let Some(objection) = self.faults.objection() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, objection));
        }
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new().name("origin".to_owned()).spawn(
            move || {
                // Dropped last, after the runtime and with it every connection.
                let _end = end;
                let runtime =
                    match tokio::runtime::Builder::new_current_thread()
                        .enable_io()
                        .enable_time()
                        .build()
                    {
                        Ok(runtime) => runtime,
                        Err(error) => return drop(ready.send(Err(error))),
                    };
                runtime.block_on(async {
                    let (bandwidth, max_connections) =
                        (self.bandwidth, self.max_connections);
                    match self.bind() {
                        Ok((listener, state)) => {
                            // Nobody to receive it: `start` has panicked, and
                            // `stopped` will tell.
                            let _ = ready
                                .send(Ok((Arc::clone(&state), cpu_clock())));
                            accept(
                                listener,
                                state,
                                bandwidth,
                                max_connections,
                                stopped,
                            )
                            .await;
                        }
                        Err(error) => drop(ready.send(Err(error))),
                    }
                });
            },
        )?;
        let (state, cpu_clock) = started.recv().map_err(io::Error::other)??;
        Ok(Origin {
            state,
            cpu_clock,
            stop: Some(stop),
            ended: Mutex::new(ended),
            thread: Some(thread),
        })
    }

    fn bind(self) -> io::Result<(TcpListener, Arc<ServerState>)> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        // Past the backlog the kernel drops a SYN, and the client repeats it a
        // second later: a lesson that opens 1,000 connections at once would
        // measure that second.
        let listener = socket.listen(4096)?;
        let state = ServerState {
            base: format!("http://{}", listener.local_addr()?),
            site: self.site,
            faults: self.faults,
            latency: self.latency,
            jitter: self.jitter,
            gzip: self.gzip,
            counters: Arc::default(),
            sitemap: OnceLock::new(),
        };
        Ok((listener, Arc::new(state)))
    }
}

async fn accept(
    listener: TcpListener,
    state: Arc<ServerState>,
    bandwidth: Option<u64>,
    max_connections: usize,
    mut stopped: oneshot::Receiver<Infallible>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < max_connections => match accepted {
                Ok((stream, _)) => {
                    state.counters.connected();
                    connections.spawn(serve(stream, Arc::clone(&state), bandwidth));
                }
                // Out of file descriptors, most likely. The connection stays in
                // the backlog, so without a pause this would spin until another
                // one closes.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

async fn serve(
    stream: TcpStream,
    state: Arc<ServerState>,
    bandwidth: Option<u64>,
) {
    let link = Arc::new(Link::default());
    let Ok(wire) = Wire::new(stream, Arc::clone(&link), bandwidth) else {
        // The client has gone already.
        return;
    };
    let service = service_fn(move |request| {
        respond(Arc::clone(&state), Arc::clone(&link), request)
    });
    // What fails here is the client's doing or a fault's.
    let _ = http1::Builder::new().serve_connection(wire, service).await;
}

/// The file that tells the CPU time of the thread this runs on.
fn cpu_clock() -> Option<PathBuf> {
    let thread = std::fs::read_link("/proc/thread-self").ok()?;
    let clock = PathBuf::from("/proc").join(thread).join("schedstat");
    clock.exists().then_some(clock)
}
