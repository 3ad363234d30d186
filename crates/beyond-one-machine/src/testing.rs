//! A server for a test of a lesson.

use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, Error};
use own_nats::Server;
use tokio::runtime::Runtime;
use witness::{PATIENT, within};

/// What a test asks of a server of its own, or `None` where none is installed.
pub(crate) fn with_server<T, F>(
    test: impl FnOnce(Server, Context) -> F + Send + 'static,
) -> Option<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>>,
{
    within(PATIENT, || {
        let server = Server::for_test()?;
        let runtime = Runtime::new().expect("a runtime starts");
        let done = runtime.block_on(async {
            let options = ConnectOptions::with_token(server.token().to_owned());
            let client = options.connect(server.url()).await?;
            test(server, jetstream::new(client)).await
        });
        Some(done.expect("the server answers"))
    })
}
