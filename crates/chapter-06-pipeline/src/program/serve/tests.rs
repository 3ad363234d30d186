use std::net::SocketAddr;

use http_body_util::{BodyExt, Empty};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder as RuntimeBuilder;
use witness::{PATIENT, within};

use super::*;
use crate::program::body::MediaType;
use crate::program::digest::digest;
use crate::program::index::Builder;

const PORT: u16 = 4711;

fn server(pages: &[(&str, &str)]) -> SearchServer {
    let builder = Builder::new();
    for (url, html) in pages {
        let digest = digest(html.as_bytes(), MediaType::Html, None)
            .expect("it is a page");
        builder.add(url, 1, digest);
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    SearchServer::new(
        builder.finish(),
        "en",
        Bridge::new(2).expect("two threads"),
        address,
    )
}

fn block_on<F: Future>(future: F) -> F::Output {
    RuntimeBuilder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn request(method: &str, uri: &str, host: &str) -> Request<Empty<Bytes>> {
    let request = Request::builder().method(method).uri(uri).header(HOST, host);
    request.body(Empty::new()).expect("the test's request is one")
}

/// The status and the body that are sent for a path.
fn get(server: &SearchServer, path: &str) -> (u16, String) {
    block_on(async {
        let response =
            server.respond(&request("GET", path, "127.0.0.1:4711")).await;
        let status = response.status().as_u16();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("it is in memory")
            .to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    })
}

#[test]
fn a_page_and_a_piece_of_it_have_the_same_results() {
    within(PATIENT, || {
        let server =
            server(&[("http://h/a", "<title>Locks</title><p>a lock is held")]);
        let (status, page) = get(&server, "/?q=lock");
        assert_eq!(status, 200);
        let (status, piece) = get(&server, "/results?q=lock");
        assert_eq!(status, 200);
        assert!(
            page.contains(&piece) && piece.contains("<mark>lock</mark>"),
            "{piece}"
        );
        assert!(
            page.contains("value=\"lock\"")
                && page.starts_with("<!DOCTYPE html>")
        );
        assert_eq!(server.computed(), 1);
        assert_eq!(get(&server, "/").0, 200);
        for path in ["/style.css", "/search.js"] {
            assert_eq!(get(&server, path).0, 200, "{path}");
        }
        for path in
            ["/none", "/local/etc/passwd", "/local/../style.css", "/results/"]
        {
            assert_eq!(get(&server, path).0, 404, "{path}");
        }
    });
}

#[test]
fn another_host_and_another_method_are_refused() {
    within(PATIENT, || {
        let server = server(&[("http://h/a", "<p>a lock")]);
        let status = |method, uri, host| {
            let respond = async {
                server.respond(&request(method, uri, host)).await.status()
            };
            block_on(respond).as_u16()
        };
        for host in ["127.0.0.1:4711", "localhost:4711", "LOCALHOST:4711"] {
            assert_eq!(status("GET", "/", host), 200, "{host}");
        }
        for host in [
            "evil.example:4711",
            "evil.example",
            "localhost",
            "localhost:80",
            "localhost.evil.example:4711",
            "127.0.0.1:4711.evil.example",
            "127.0.0.1:4711:4711",
            "",
        ] {
            assert_eq!(status("GET", "/?q=lock", host), 421, "{host}");
        }
        assert_eq!(
            status("GET", "http://evil.example:4711/", "127.0.0.1:4711"),
            421
        );
        assert_eq!(
            status("GET", "http://127.0.0.1:4711/", "127.0.0.1:4711"),
            200
        );
        assert_eq!(status("HEAD", "/", "localhost:4711"), 200);
        assert_eq!(status("POST", "/", "localhost:4711"), 405);
        assert_eq!(server.computed(), 1, "what is refused is not searched");

        let none = Request::builder()
            .uri("/")
            .body(Empty::<Bytes>::new())
            .expect("a request");
        assert_eq!(block_on(server.respond(&none)).status(), 421);
        let mut two = request("GET", "/", "localhost:4711");
        two.headers_mut()
            .append(HOST, HeaderValue::from_static("localhost:4711"));
        assert_eq!(block_on(server.respond(&two)).status(), 421);
    });
}

#[test]
fn a_document_is_sent_as_it_is_and_may_run_nothing() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let folder = folder.path().canonicalize().expect("it is there");
        let file = folder.join("lock.html");
        let html = "<script>steal()</script><p>a lock";
        std::fs::create_dir_all(&folder).expect("it can be made");
        std::fs::write(&file, html).expect("it can be written");
        let url = reqwest::Url::from_file_path(&file).expect("a path");
        let server = server(&[(url.as_str(), html)]);
        let response = block_on(server.respond(&request(
            "GET",
            "/local/lock.html",
            "localhost:4711",
        )));
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .expect("it is ASCII");
        assert!(
            policy.contains("default-src 'none'")
                && !policy.contains("script-src"),
            "{policy}"
        );
        assert_eq!(get(&server, "/local/lock.html"), (200, html.to_owned()));
        std::fs::remove_dir_all(&folder).expect("it is ours");
        assert_eq!(get(&server, "/local/lock.html").0, 404);
    });
}

#[test]
fn documents_that_nobody_takes_are_bounded() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("lock.html");
        std::fs::write(&file, [b'x'; 1_500]).expect("it can be written");
        let url = reqwest::Url::from_file_path(&file).expect("a path");
        let server = server(&[(url.as_str(), "<p>a lock")]);
        let room = Arc::new(Semaphore::new(2));
        let on_their_way = Arc::clone(&room);
        let server = SearchServer { on_their_way, ..server };
        let ask = || {
            let request = request("GET", "/local/lock.html", "localhost:4711");
            block_on(server.respond(&request))
        };
        let response = ask();
        assert_eq!(response.status(), 200);
        assert_eq!(room.available_permits(), 0, "it was not sent yet");
        assert_eq!(ask().status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = block_on(response.into_body().collect());
        let bytes = body.expect("it is in memory").to_bytes();
        assert_eq!((bytes.len(), room.available_permits()), (1_500, 0));
        drop(bytes);
        assert_eq!(room.available_permits(), 2);
        std::fs::remove_file(&file).expect("it is ours");
        assert_eq!(
            (ask().status(), room.available_permits()),
            (StatusCode::NOT_FOUND, 2)
        );
    });
}

/// What a server sends to a client that sends these bytes.
fn exchange(bytes: Vec<u8>) -> String {
    within(PATIENT, move || {
        let listener = bind(0).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mut server = server(&[("http://h/a", "<p>a lock")]);
        server.port = address.port();
        block_on(async move {
            let listener =
                TcpListener::from_std(listener).expect("it is set up for it");
            let stop = CancellationToken::new();
            let running =
                tokio::spawn(Arc::new(server).run(listener, stop.clone()));
            let mut client =
                TcpStream::connect(address).await.expect("it listens");
            let bytes = String::from_utf8_lossy(&bytes)
                .replace("PORT", &address.port().to_string());
            // It may be refused before all of it is sent.
            let _ = client.write_all(bytes.as_bytes()).await;
            let mut answer = Vec::new();
            let _ = client.read_to_end(&mut answer).await;
            stop.cancel();
            running.await.expect("it ends when it is told to");
            assert!(
                TcpStream::connect(address).await.is_err(),
                "nobody listens anymore"
            );
            String::from_utf8_lossy(&answer).into_owned()
        })
    })
}

#[test]
fn what_a_client_sends_is_bounded() {
    let head = "GET /?q=lock HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n";
    let answer = exchange(format!("{head}\r\n").into_bytes());
    assert!(
        answer.starts_with("HTTP/1.1 200")
            && answer.contains("<mark>lock</mark>"),
        "{answer}"
    );
    let long = format!("{head}X: {}\r\n\r\n", "a".repeat(100_000));
    assert!(exchange(long.into_bytes()).starts_with("HTTP/1.1 431"));
    let many = format!("{head}{}\r\n", "A: b\r\n".repeat(200));
    assert!(exchange(many.into_bytes()).starts_with("HTTP/1.1 431"));
    assert!(
        exchange(b"\x16\x03\x01 nonsense\r\n\r\n".to_vec())
            .starts_with("HTTP/1.1 400")
    );
}

/// A server that runs, its address, and what tells it to end.
async fn running(
    server: SearchServer,
) -> (
    Arc<SearchServer>,
    SocketAddr,
    CancellationToken,
    tokio::task::JoinHandle<()>,
) {
    let listener = bind(0).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let listener =
        TcpListener::from_std(listener).expect("it is set up for it");
    let server = Arc::new(SearchServer { port: address.port(), ..server });
    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&server).run(listener, stop.clone()));
    (server, address, stop, running)
}

#[test]
fn what_was_asked_before_the_end_is_answered() {
    within(PATIENT, || {
        block_on(async {
            let bridge = Bridge::new(1).expect("a thread");
            // The only thread of the pool is busy for as long as this test
            // likes.
            let (free, busy) = std::sync::mpsc::channel::<()>();
            bridge.pool().spawn(move || {
                let _ = busy.recv();
            });
            let index = server(&[("http://h/a", "<p>a lock")]);
            let index =
                Arc::into_inner(index.search).expect("nobody searches").index;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
            let server = SearchServer::new(index, "en", bridge, address);
            let (server, address, stop, running) =
                running(SearchServer { farewell: PATIENT, ..server }).await;
            let mut idle =
                TcpStream::connect(address).await.expect("it listens");
            let mut client =
                TcpStream::connect(address).await.expect("it listens");
            let request = format!(
                "GET /results?q=lock HTTP/1.1\r\nHost: {address}\r\n\r\n"
            );
            client.write_all(request.as_bytes()).await.expect("it reads");
            while server.answers.is_empty() {
                tokio::task::yield_now().await;
            }
            stop.cancel();
            // The idle one is closed, although the other one is still being
            // answered.
            assert_eq!(
                idle.read(&mut [0; 1]).await.expect("it is closed in order"),
                0
            );
            assert!(!running.is_finished());
            drop(free);
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.expect("it is answered");
            assert!(answer.contains("<mark>lock</mark>"), "{answer}");
            running.await.expect("it ends when all are answered");
        });
    });
}

#[test]
fn who_never_finishes_a_request_is_left() {
    within(PATIENT, || {
        block_on(async {
            let (_, address, stop, running) =
                running(server(&[("http://h/a", "<p>a lock")])).await;
            let mut client =
                TcpStream::connect(address).await.expect("it listens");
            client.write_all(b"GET /results?q=lo").await.expect("it reads");
            stop.cancel();
            running.await.expect("it ends");
        });
    });
}

#[test]
fn who_has_asked_for_nothing_makes_place_for_who_asks() {
    within(PATIENT, || {
        block_on(async {
            let server = server(&[("http://h/a", "<p>a lock")]);
            let server = SearchServer { room: Room::new(2), ..server };
            let (_, address, stop, running) = running(server).await;
            let connect = || TcpStream::connect(address);
            // One says nothing, and one does not finish what it says.
            let mut first = connect().await.expect("it listens");
            let mut second = connect().await.expect("it listens");
            second.write_all(b"GET /results?q=lo").await.expect("it reads");
            let ask = async |client: &mut TcpStream, request: &str| {
                client.write_all(request.as_bytes()).await.expect("it reads");
                let mut answer = String::new();
                let read = client.read_to_string(&mut answer).await;
                read.expect("it is answered");
                // The place is wanted, so it is not kept.
                assert!(answer.contains("connection: close"), "{answer}");
                assert!(answer.contains("<mark>lock</mark>"), "{answer}");
            };
            let rest = format!(" HTTP/1.1\r\nHost: {address}\r\n\r\n");
            let mut third = connect().await.expect("it listens");
            ask(&mut third, &format!("GET /results?q=lock{rest}")).await;
            let closed = first.read(&mut [0; 1]).await;
            assert_eq!(closed.expect("it is closed in order"), 0);
            // The other one could stay, and ends its request.
            let rest =
                rest.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            ask(&mut second, &format!("ck{rest}")).await;
            stop.cancel();
            running.await.expect("it ends");
        });
    });
}
