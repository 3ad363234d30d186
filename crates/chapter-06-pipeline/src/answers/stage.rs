//! Pages, questions, and clients of the real server.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use origin::Generator;
use rayon::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::program::body::MediaType;
use crate::program::digest::digest;
use crate::program::index::{Builder, Index};
use crate::program::run::Threads;
use crate::program::run::bridge::Bridge;
use crate::program::serve::{SearchServer, bind};

/// What people ask while they type: the fewer letters, the more words begin
/// with them.
pub(super) const QUERIES: [&str; 20] = [
    "a*", "b*", "c*", "d*", "e*", "f*", "g*", "h*", "i*", "l*", "m*", "n*",
    "o*", "p*", "r*", "s*", "t*", "u*", "v*", "w*",
];

/// An index of `pages` made-up pages.
pub(super) fn index(pages: usize) -> Index {
    let generator =
        Generator { pages, words_per_page: 200, ..Generator::default() };
    let builder = Builder::new();
    (0..pages).into_par_iter().for_each(|nth| {
        let html = generator.html(nth).expect("it makes so many");
        let digest = digest(html.as_bytes(), MediaType::Html, None)
            .expect("made-up pages are HTML");
        builder.add(
            &format!("http://shelf.example/{nth}"),
            html.len() as u64,
            digest,
        );
    });
    builder.finish()
}

/// Starts the program's server, and lets `clients` at a time ask it `rounds`
/// times each. Returns how many requests there were, how many got a page with
/// results, and how many searches that took.
pub(super) async fn over_sockets(
    index: Index,
    clients: usize,
    rounds: usize,
) -> Result<(usize, usize, u64), Box<dyn Error>> {
    let listener = bind(0)?;
    let address = listener.local_addr()?;
    let bridge = Bridge::new(Threads::available().rayon)?;
    let server = Arc::new(SearchServer::new(index, "en", bridge, address));
    let stop = CancellationToken::new();
    let running =
        Arc::clone(&server).run(TcpListener::from_std(listener)?, stop.clone());
    let running = tokio::spawn(running);
    let (mut requests, mut found) = (0, 0);
    for round in 0..rounds {
        let mut asking = JoinSet::new();
        for client in 0..clients {
            let query = QUERIES[(round + client) % QUERIES.len()];
            asking.spawn(ask(address, query));
        }
        for page in asking.join_all().await {
            requests += 1;
            found += usize::from(page?.contains("class=status"));
        }
    }
    stop.cancel();
    running.await?;
    Ok((requests, found, server.computed()))
}

/// One request on a connection of its own, and what comes back.
async fn ask(address: SocketAddr, query: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /results?q={query} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut page = String::new();
    stream.read_to_string(&mut page).await?;
    Ok(page)
}
