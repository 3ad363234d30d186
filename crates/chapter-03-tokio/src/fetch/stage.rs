//! The other side: the web server of a small town, some of whose pages have a
//! fault.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// Pages with nothing wrong.
pub(super) const GOOD: [&str; 4] = ["/cake", "/chess", "/tea", "/tram"];

/// A web server on this machine. It ends with its value.
pub(super) struct Town {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Town {
    /// Starts the server.
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let busy = Arc::new(AtomicU32::new(2));
        let serving = tokio::spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                visits.spawn(serve(stream, Arc::clone(&busy)));
            }
        });
        Ok(Town { address, serving })
    }

    /// The address of a page.
    pub(super) fn url_of(&self, page: &str) -> String {
        format!("http://{}{page}", self.address)
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Answers what comes over one connection. `/busy` is so for as many requests
/// as `busy` says.
async fn serve(stream: TcpStream, busy: Arc<AtomicU32>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(page) = request(&mut stream).await? {
        sleep(Duration::from_millis(20)).await;
        let still = |left: u32| left.checked_sub(1);
        let (status, body) = match page.as_str() {
            "/hangs" => pending().await,
            "/endless" => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
                    .await?;
                while stream.write_all(&[b'.'; 8 << 10]).await.is_ok() {}
                return Ok(()); // the client has left
            }
            "/busy" if busy.fetch_update(Relaxed, Relaxed, still).is_ok() => (
                "503 Service Unavailable",
                "<title>503 Service Unavailable</title>".to_owned(),
            ),
            "/gone" => {
                ("404 Not Found", "<title>404 Not Found</title>".to_owned())
            }
            _ => ("200 OK", "A page. ".repeat(100)),
        };
        let length = body.len();
        let response = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(response.as_bytes()).await?;
    }
    Ok(())
}

/// The page that a request asks for. `None` at the end of the connection.
async fn request(
    stream: &mut BufReader<TcpStream>,
) -> io::Result<Option<String>> {
    let mut lines = stream.lines();
    let Some(first) = lines.next_line().await? else { return Ok(None) };
    // The headers end with an empty line.
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    Ok(first.split(' ').nth(1).map(str::to_owned))
}

/// The title of an HTML page.
pub(super) fn title(html: &str) -> &str {
    let title = html
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or("no title", |(title, _)| title)
}
