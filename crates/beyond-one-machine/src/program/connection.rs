//! The way to the server: connect, make the streams, publish until it is
//! stored.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::consumer::{AckPolicy, Consumer};
use async_nats::jetstream::context::{Context, ContextBuilder};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, RetentionPolicy, StorageType, Stream,
};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event};
use bytes::Bytes;
use futures::StreamExt;
use percent_encoding::{
    NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};
use reqwest::Url;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{
    ACK_WAIT, JOBS, JOBS_BYTES, LONGEST_AWAY, Lane, OLDEST, RESULTS,
    RESULTS_BYTES, RETRY,
};

/// For a connection, and for each answer of the server.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Where a server is, what lets us in, and by which certificate it is known.
/// Shown without what lets us in.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    /// A file with the certificates of those who may vouch for it, instead of
    /// those whom the system trusts.
    ca: Option<PathBuf>,
}

impl FromStr for Address {
    type Err = Error;

    /// `nats://HOST:PORT`, with a token or `NAME:PASSWORD` before an `@`, if
    /// the server wants one; `tls://` if the connection has to be encrypted.
    fn from_str(text: &str) -> Result<Self, Error> {
        let full = match text.contains("://") {
            true => text.to_owned(),
            false => format!("nats://{text}"),
        };
        // What is no URL may still have a password in it: it is not repeated.
        let url: Url = full.parse().map_err(|_| Error::NoUrl)?;
        // A password without a name is no token, and no server takes it.
        let nameless = url.username().is_empty() && url.password().is_some();
        let is_of_nats = matches!(url.scheme(), "nats" | "tls");
        if !is_of_nats || !url.has_host() || nameless {
            return Err(Error::NoUrl);
        }
        Ok(Address { url, ca: None })
    }
}

impl Address {
    /// The same server, known by the certificates in this file alone. From then
    /// on no connection is made that is not encrypted.
    #[must_use]
    pub fn with_ca(self, ca: Option<PathBuf>) -> Self {
        Address { ca, ..self }
    }

    /// The file with the certificates by which it is known.
    pub fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// A server's URL, and the token that it wants.
    ///
    /// # Errors
    /// If it is no URL of such a server.
    pub fn with_token(url: &str, token: &str) -> Result<Self, Error> {
        let Address { mut url, ca } = url.parse()?;
        let token = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
        // Neither fails where there is a host.
        let _ = (url.set_username(&token), url.set_password(None));
        Ok(Address { url, ca })
    }

    /// The whole URL, with what lets us in: for a child's environment, and for
    /// nobody's eyes.
    pub fn secret(&self) -> String {
        self.url.as_str().to_owned()
    }

    /// The name or the token, and the password.
    fn user(&self) -> (Option<String>, Option<String>) {
        let decoded = |text: &str| {
            percent_decode_str(text).decode_utf8_lossy().into_owned()
        };
        let user = Some(self.url.username()).filter(|user| !user.is_empty());
        (user.map(decoded), self.url.password().map(decoded))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.url.clone();
        let _ = (url.set_username(""), url.set_password(None));
        url.fmt(formatter)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

/// Why there is no server to work with. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no address of one.
    #[error(
        "that is no URL of a NATS server; write it as nats://HOST:PORT, or nats://TOKEN@HOST:PORT"
    )]
    NoUrl,
    /// Nobody answers.
    #[error(
        "no NATS server answers at {0} ({1}); start one with `nats-server --jetstream`, or name another with --nats"
    )]
    Unreachable(String, String),
    /// The connection cannot be encrypted, or it is not the server that it
    /// should be.
    #[error(
        "no encrypted connection to the NATS server at {0} ({1}); name the file with the certificate of its CA: --ca FILE, or BEYOND_CA=FILE in the environment"
    )]
    Tls(String, String),
    /// It lets us not in.
    #[error(
        "the NATS server at {0} refuses the token or the password; write it into the URL, as in nats://TOKEN@HOST:PORT"
    )]
    Refused(String),
    /// It keeps no streams.
    #[error(
        "the NATS server at {0} has no JetStream; start it with `nats-server --jetstream`"
    )]
    NoJetStream(String),
    /// A stream cannot be made.
    #[error("the stream {0} cannot be used: {1}")]
    Stream(&'static str, String),
    /// It was there, and has gone.
    #[error("{0} since {LONGEST_AWAY:?}, which is as long as it is waited for")]
    Away(String),
    /// Nothing digests.
    #[error("no thread can be started ({0})")]
    NoThread(String),
}

/// A connection to a server, which makes itself anew when the server comes
/// back.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where it is.
    pub address: Address,
    /// The connection itself.
    pub client: Client,
    /// Its streams.
    pub jetstream: Context,
    link: watch::Receiver<bool>,
}

impl Connection {
    /// Connects, and makes the two streams if they are not there.
    ///
    /// # Errors
    /// If that cannot be done.
    pub async fn open(address: &Address, name: &str) -> Result<Self, Error> {
        let (changed, link) = watch::channel(true);
        let options = ConnectOptions::new()
            .name(name)
            .connection_timeout(TIMEOUT)
            .request_timeout(Some(TIMEOUT))
            // A connection whose other end is gone without a word is noticed
            // by this.
            .ping_interval(TIMEOUT)
            .reconnect_delay_callback(|nth| {
                (RETRY / 2 * nth as u32).min(Duration::from_secs(1))
            })
            .event_callback(move |event| {
                let up = match event {
                    Event::Connected => Some(true),
                    Event::Disconnected => Some(false),
                    _ => None,
                };
                if let Some(up) = up {
                    changed.send_if_modified(|link| {
                        std::mem::replace(link, up) != up
                    });
                }
                std::future::ready(())
            });
        let options = match address.user() {
            (Some(user), Some(password)) => {
                options.user_and_password(user, password)
            }
            (Some(token), None) => options.token(token),
            (None, _) => options,
        };
        let options = match address.ca() {
            Some(ca) => {
                options.add_root_certificates(ca.to_owned()).require_tls(true)
            }
            None => options,
        };
        let client = options.connect(address.to_string()).await;
        let client = client.map_err(|error| match error.kind() {
            ConnectErrorKind::AuthorizationViolation
            | ConnectErrorKind::Authentication => {
                Error::Refused(address.to_string())
            }
            kind => match of_tls(&error) {
                Some(why) => Error::Tls(address.to_string(), why),
                None if kind == ConnectErrorKind::Tls => {
                    Error::Tls(address.to_string(), error.to_string())
                }
                None => {
                    Error::Unreachable(address.to_string(), error.to_string())
                }
            },
        })?;
        if !client.server_info().jetstream {
            return Err(Error::NoJetStream(address.to_string()));
        }
        let jetstream = ContextBuilder::new().timeout(TIMEOUT);
        let jetstream = jetstream.ack_timeout(TIMEOUT).build(client.clone());
        let address = address.clone();
        let connection = Connection { address, client, jetstream, link };
        connection.streams().await?;
        Ok(connection)
    }

    /// The streams of jobs and of results. They are made where they are
    /// missing.
    ///
    /// # Errors
    /// If they cannot be made.
    pub async fn streams(&self) -> Result<[Stream; 2], Error> {
        let jobs = self.stream(JOBS, "overlap.jobs.>", JOBS_BYTES);
        let results = self.stream(RESULTS, "overlap.results.>", RESULTS_BYTES);
        Ok([jobs.await?, results.await?])
    }

    async fn stream(
        &self,
        name: &'static str,
        subjects: &str,
        max_bytes: i64,
    ) -> Result<Stream, Error> {
        let config = Config {
            name: name.to_owned(),
            subjects: vec![subjects.to_owned()],
            // A message stands there until somebody acknowledges it.
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            // Who publishes is refused, rather than the oldest thrown away.
            discard: DiscardPolicy::New,
            max_bytes,
            max_age: OLDEST,
            ..Config::default()
        };
        self.jetstream
            .get_or_create_stream(config)
            .await
            .map_err(|error| Error::Stream(name, error.to_string()))
    }

    /// The consumer that all workers of a lane share.
    ///
    /// # Errors
    /// If it cannot be made.
    pub async fn jobs(
        &self,
        lane: Lane,
    ) -> Result<Consumer<pull::Config>, Error> {
        let [jobs, _] = self.streams().await?;
        let config = pull::Config {
            durable_name: Some(lane.name().to_owned()),
            filter_subject: format!("overlap.jobs.{}.>", lane.name()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            ..pull::Config::default()
        };
        jobs.create_consumer(config)
            .await
            .map_err(|error| Error::Stream(JOBS, error.to_string()))
    }

    /// Whether the server is there.
    pub fn is_up(&self) -> bool {
        *self.link.borrow()
    }

    /// Publishes until the server says that it has stored the message. It
    /// stores one with the same `id` once, however often it comes in two
    /// minutes.
    ///
    /// # Errors
    /// If it has not in [`LONGEST_AWAY`].
    pub async fn publish(
        &self,
        subject: &str,
        id: &str,
        message: Bytes,
    ) -> Result<(), Error> {
        let last = Instant::now() + LONGEST_AWAY;
        loop {
            let stored = async {
                let publish = PublishMessage::build()
                    .payload(message.clone())
                    .message_id(id);
                let sent =
                    self.jetstream.send_publish(subject.to_owned(), publish);
                sent.await?.await
            };
            let why = match timeout_at(last, stored).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            tracing::debug!(subject, why, "publishing again");
            if Instant::now() >= last {
                return Err(Error::Away(format!(
                    "the NATS server at {} does not store what it is sent ({why})",
                    self.address
                )));
            }
            sleep(RETRY).await;
            // A server whose disk was lost has no streams. Any other error
            // comes again, and is said then.
            let _ = timeout_at(last, self.streams()).await;
        }
    }
}

/// What went wrong while a connection was encrypted, if that went wrong: then
/// the client says that the data is invalid.
fn of_tls(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|it| it.kind() == io::ErrorKind::InvalidData) {
            return Some(error.to_string());
        }
        next = error.source();
    }
    None
}

/// So long the server waits for messages before it says that there are none.
const PULL: Duration = Duration::from_secs(2);
/// Why a pull comes to nothing.
const AWAY: &str = "the server is away";

/// The messages that one pull brings.
pub struct Pull {
    messages: pull::Batch,
    link: watch::Receiver<bool>,
    end: Instant,
}

impl Connection {
    /// Pulls again and again. Returns when that has failed for
    /// [`LONGEST_AWAY`], with the last failure.
    ///
    /// `consumer` makes the consumer after each failure, for the server may
    /// have lost it; `pull` pulls once from it.
    pub async fn until_away<C, P>(
        &self,
        consumer: impl Fn() -> C,
        pull: impl Fn(Consumer<pull::Config>) -> P,
    ) -> Error
    where
        C: Future<Output = Result<Consumer<pull::Config>, Error>>,
        P: Future<Output = Result<(), Error>>,
    {
        let mut failing: Option<Instant> = None;
        loop {
            let error = match consumer().await {
                Ok(consumer) => loop {
                    match pull(consumer.clone()).await {
                        Ok(()) => failing = None,
                        Err(error) => break error,
                    }
                },
                Err(error) => error,
            };
            tracing::debug!(%error, "pulling again");
            let since = *failing.get_or_insert_with(Instant::now);
            if since.elapsed() > LONGEST_AWAY {
                return error;
            }
            sleep(RETRY).await;
        }
    }

    /// Asks for at most `most` messages.
    ///
    /// # Errors
    /// If the server refuses, or is not there.
    pub async fn pull(
        &self,
        consumer: &Consumer<pull::Config>,
        most: usize,
    ) -> Result<Pull, String> {
        let mut link = self.link.clone();
        // What has changed before is no matter of this pull.
        if !*link.borrow_and_update() {
            return Err(AWAY.to_owned());
        }
        let batch = consumer.batch().max_messages(most).expires(PULL);
        let messages =
            batch.messages().await.map_err(|error| error.to_string())?;
        Ok(Pull { messages, link, end: Instant::now() + PULL * 2 })
    }
}

impl Pull {
    /// The next message; none if there are no more.
    ///
    /// # Errors
    /// If the server says what is wrong, or says nothing, or went meanwhile: a
    /// pull that was under way then is lost.
    pub async fn next(&mut self) -> Result<Option<Message>, String> {
        let next = tokio::select! {
            // What has come is not lost with the pull.
            biased;
            next = self.messages.next() => next,
            _ = self.link.changed() => return Err(AWAY.to_owned()),
            () = sleep_until(self.end) => {
                return Err("the server does not answer".to_owned());
            }
        };
        next.transpose().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        for (text, shown, secret) in [
            ("h", "nats://h", "nats://h"),
            ("nats://h:1", "nats://h:1", "nats://h:1"),
            ("t@h:1", "nats://h:1", "nats://t@h:1"),
            ("tls://me:p%40w@h", "tls://h", "tls://me:p%40w@h"),
            ("me:p%2541@h", "nats://h", "nats://me:p%2541@h"),
        ] {
            let address: Address = text.parse().expect("it is an address");
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains('@'));
            assert_eq!(address.secret(), secret);
            let error = Error::Refused(address.to_string()).to_string();
            assert!(!error.contains("p@w") && !error.contains("p%40w"));
        }
        let wrong =
            ["http://t@h", "nats://", "nats://secret@h:x", "nats://:secret@h"];
        for text in wrong {
            let error = text.parse::<Address>().expect_err("it is none");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_token_or_a_password_is_what_was_written() {
        let some = |text: &str| Some(text.to_owned());
        let user = |text: &str| {
            text.parse::<Address>().expect("it is an address").user()
        };
        assert_eq!(user("me:p%2541@h"), (some("me"), some("p%41")));
        assert_eq!(user("p%40w@h"), (some("p@w"), None));
        assert_eq!(user("h"), (None, None));
        let token = "a%41:/@ü";
        let address = Address::with_token("nats://h:1", token);
        let address = address.expect("it is an address");
        assert_eq!(address.user(), (some(token), None));
        assert_eq!(address.to_string(), "nats://h:1");
        // What a child reads in its environment is the same.
        assert_eq!(user(&address.secret()), (some(token), None));
    }
}
