use super::*;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;

use tokio::io::{AsyncReadExt, duplex};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::{advance, timeout};
use witness::{PATIENT, paused, within};

/// What no test waits for: where the clock is paused, it passes immediately.
const HOUR: Duration = Duration::from_hours(1);

// ANCHOR: paused
#[tokio::test(start_paused = true)]
async fn the_third_answer_comes_after_three_seconds() {
    let start = Instant::now();
    let mut answers = [Err("busy"), Err("busy"), Ok("soup")].into_iter();
    let answer =
        persistent(5, async || answers.next().expect("it has its answer"))
            .await;
    assert_eq!(answer, Ok("soup"));
    assert_eq!(start.elapsed(), Duration::from_secs(1 + 2));
}
// ANCHOR_END: paused

#[tokio::test(start_paused = true)]
async fn after_the_last_attempt_it_does_not_wait() {
    let start = Instant::now();
    let mut asked = 0;
    let refused = persistent(4, async || {
        asked += 1;
        Err::<(), _>(asked)
    });
    assert_eq!(refused.await, Err(4));
    assert_eq!(start.elapsed(), Duration::from_secs(1 + 2 + 4));
}

// ANCHOR: advance
#[tokio::test(start_paused = true)]
async fn the_offer_ends_after_two_hours() {
    let special = Special { cents: 850, until: Instant::now() + 2 * HOUR };
    advance(2 * HOUR - Duration::from_millis(1)).await;
    assert_eq!(special.price(), Some(850));
    advance(Duration::from_millis(1)).await;
    assert_eq!(special.price(), None);
}
// ANCHOR_END: advance

// ANCHOR: duplex
#[tokio::test(start_paused = true)]
async fn two_lines_get_two_answers() {
    let (mut client, server) = duplex(64);
    let serving = tokio::spawn(serve(server));

    client.write_all(b"soup\nbread\n").await.expect("the server reads");
    client.shutdown().await.expect("it is open"); // no more is coming

    let mut answers = String::new();
    let reading = timeout(HOUR, client.read_to_string(&mut answers));
    reading.await.expect("the server ends").expect("it writes text");
    assert_eq!(answers, "one soup, coming\none bread, coming\n");
    assert_eq!(
        serving.await.expect("it does not panic").expect("all was read"),
        2
    );
}
// ANCHOR_END: duplex

// ANCHOR: mock
#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_an_error() {
    let stream = tokio_test::io::Builder::new()
        .read(b"so")
        .read(b"up\n")
        .write(b"one soup, coming\n")
        .read_error(io::ErrorKind::ConnectionReset.into())
        .build();
    let served =
        timeout(HOUR, serve(stream)).await.expect("it does not wait for more");
    let error = served.expect_err("it broke");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}
// ANCHOR_END: mock

#[tokio::test(start_paused = true)]
async fn a_test_that_hangs_ends_at_once_on_a_paused_clock() {
    let (_client, server) = duplex(64);
    // The client says nothing, and does not hang up.
    assert!(timeout(HOUR, serve(server)).await.is_err());
}

#[test]
fn an_hour_on_a_paused_clock_takes_no_time() {
    within(PATIENT, || {
        paused(async || {
            let start = Instant::now();
            sleep(HOUR).await;
            assert_eq!(start.elapsed(), HOUR);
        });
    });
}

#[test]
fn a_socket_does_not_hold_a_paused_clock() {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (give_up, given_up) = mpsc::channel();
    // It answers when the other side has given up, however soon that is.
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        given_up.recv_timeout(PATIENT).expect("it gives up");
        stream.write_all(b"!")
    });
    let reads = paused(async move || {
        let mut stream =
            TcpStream::connect(address).await.expect("somebody listens");
        let first = timeout(HOUR, stream.read_u8()).await;
        give_up.send(()).expect("it waits for that");
        (first.is_err(), stream.read_u8().await.expect("now it answers"))
    });
    assert_eq!(reads, (true, b'!'), "the hour was over immediately");
    within(PATIENT, || server.join())
        .expect("it does not panic")
        .expect("it could write");
}

#[test]
fn a_blocking_job_does_hold_it() {
    let (parks, parked) = mpsc::channel();
    let waited = within(PATIENT, || {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().start_paused(true).on_thread_park(move || {
            let _ = parks.send(());
        });
        builder.build().expect("no thread").block_on(async {
            let start = Instant::now();
            // The job ends when the runtime has nothing to do: it would let the
            // clock jump now.
            let job = spawn_blocking(move || parked.recv_timeout(PATIENT));
            let hour = tokio::spawn(sleep(HOUR));
            job.await.expect("it does not panic").expect("the runtime parks");
            let waited = start.elapsed();
            hour.await.expect("it does not panic");
            assert!(start.elapsed() >= HOUR);
            waited
        })
    });
    assert!(waited < HOUR, "{waited:?}");
}
