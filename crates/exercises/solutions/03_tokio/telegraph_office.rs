// A telegraph office serves each wire as it comes, each in a task of its own. It reads a line,
// thinks of an answer, writes and flushes it with a `\n`, and reads the next line. It hangs up, that is, it
// drops the wire:
// - `Left`: when no more bytes can come, or the wire is broken. What came after the last `\n` is no
//   line.
// - `TooSlow`: when a whole line has not come within `patience`, counted from when the office
//   begins to wait for it, or a whole answer was not taken within `patience`. To think may take
//   longer.
// - `TooLong`: as soon as more than `LONGEST` bytes have come without a `\n`.
// When no more wires can come and each was hung up, return how they ended, in the order in which
// they came. If `serve` is dropped, its tasks end. `answer` does not panic; bytes that are no UTF-8
// may become any character, and no other is lost. Only Tokio and `futures` are needed.
//
// How it is judged: by what each client reads, and by the moment at which it is hung up on, on a
// clock that moves only when everybody waits. Some clients are silent, some send a byte now and
// then, some never read, some send without end.
//
// Lesson: chapter-03 server

use std::time::Duration;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The most bytes of a line, without its `\n`.
const LONGEST: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ended {
    Left,
    TooSlow,
    TooLong,
}

async fn serve<S, F>(
    mut wires: mpsc::Receiver<S>,
    patience: Duration,
    answer: impl Fn(String) -> F + Clone + Send + Sync + 'static,
) -> Vec<Ended>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    F: Future<Output = String> + Send + 'static,
{
    let mut visits = JoinSet::new();
    while let Some(wire) = wires.recv().await {
        let (nth, answer) = (visits.len(), answer.clone());
        visits.spawn(async move { (nth, visit(wire, patience, answer).await) });
    }
    let mut ended = visits.join_all().await;
    ended.sort_by_key(|&(nth, _)| nth);
    ended.into_iter().map(|(_, ended)| ended).collect()
}

async fn visit<S, F>(wire: S, patience: Duration, answer: impl Fn(String) -> F) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = String>,
{
    // One buffer for the whole visit: it may hold the lines that come next.
    let mut wire = BufReader::new(wire);
    loop {
        let line = match timeout(patience, read_line(&mut wire)).await {
            Ok(Ok(line)) => line,
            Ok(Err(ended)) => return ended,
            Err(_) => return Ended::TooSlow,
        };
        let answer = answer(line).await + "\n";
        let write = async {
            wire.write_all(answer.as_bytes()).await?;
            wire.flush().await
        };
        match timeout(patience, write).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ended::Left,
            Err(_) => return Ended::TooSlow,
        }
    }
}

/// Reads a line, and never more than a byte too much of one that is too long.
async fn read_line(wire: &mut (impl AsyncBufRead + Unpin)) -> Result<String, Ended> {
    let mut line = Vec::new();
    let read = wire.take(LONGEST as u64 + 1).read_until(b'\n', &mut line).await;
    read.map_err(|_| Ended::Left)?;
    match line.pop() {
        Some(b'\n') => Ok(String::from_utf8_lossy(&line).into_owned()),
        Some(_) if line.len() == LONGEST => Err(Ended::TooLong),
        _ => Err(Ended::Left),
    }
}

fn main() {
    witness::within(Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let (line, wires) = mpsc::channel(2);
    let (mut client, wire) = tokio::io::duplex(64);
    line.send(wire).await.expect("the office is there");
    drop(line);
    let talk = async {
        client.write_all(b"arrive noon\n").await.expect("the office is there");
        client.shutdown().await.expect("the office is there");
        let mut answers = String::new();
        client.read_to_string(&mut answers).await.expect("it is text");
        answers
    };
    let answer = |line| async move { format!("received: {line}") };
    let serve = serve(wires, Duration::from_secs(1), answer);
    println!("{:?}", tokio::join!(talk, serve));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::time::Duration;
    use tokio::io::{
        AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream, DuplexStream, ReadBuf,
        duplex, split,
    };
    use tokio::runtime::Builder;
    use tokio::sync::mpsc;
    use tokio::task::{self, JoinHandle, yield_now};
    use tokio::time::{Instant, Sleep, sleep, timeout};
    use witness::{DropGuard, Drops, Log, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(10);

    /// An office that answers in capitals, and what a test may ask of it.
    struct Office {
        line: mpsc::Sender<DuplexStream>,
        serving: JoinHandle<Vec<Ended>>,
        /// The lines it was asked, and the tasks in which it was.
        asked: Log<(String, Option<task::Id>)>,
        drops: Drops,
        start: Instant,
    }

    impl Office {
        /// A client whose wire has room for so many bytes each way.
        async fn connect(&self, room: usize) -> DuplexStream {
            let (client, wire) = duplex(room);
            self.line.send(wire).await.expect("serve has returned, and wires could still come");
            client
        }

        /// No more wires: how those that came have ended, and the millisecond of the return.
        async fn ended(self) -> (Vec<Ended>, u128) {
            drop(self.line);
            (self.serving.await.expect("serve does not panic"), self.start.elapsed().as_millis())
        }
    }

    /// Runs a test on a clock that moves only when everybody waits. A line `think 30` is answered
    /// after so many seconds.
    fn office<T: Send + 'static>(test: impl AsyncFnOnce(Office) -> T + Send + 'static) -> T {
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (line, wires) = mpsc::channel(100);
                let (asked, drops) = (Log::new(), Drops::new());
                let (noted, guards) = (asked.clone(), drops.clone());
                let answer = move |line: String| {
                    noted.push((line.clone(), task::try_id()));
                    let guard = guards.guard();
                    async move {
                        let _guard = guard;
                        if let Some(seconds) = line.strip_prefix("think ") {
                            sleep(Duration::from_secs(seconds.parse().expect("a number"))).await;
                        }
                        line.to_uppercase()
                    }
                };
                let serving = task::spawn(serve(wires, PATIENCE, answer));
                let office = Office { line, serving, asked, drops, start: Instant::now() };
                let day = timeout(Duration::from_secs(36_000), test(office));
                day.await.expect("after ten hours somebody still waits")
            })
        })
    }

    /// Sends all of it, sends no more, and meanwhile reads until the office hangs up.
    async fn talk(client: DuplexStream, lines: &str) -> String {
        let (mut reading, mut writing) = split(client);
        let mut answers = String::new();
        let send = async {
            // An error means that the office has hung up.
            let _ = writing.write_all(lines.as_bytes()).await;
            let _ = writing.shutdown().await;
        };
        let ((), read) = tokio::join!(send, reading.read_to_string(&mut answers));
        read.expect("the office sends text");
        answers
    }

    #[test]
    fn each_line_has_its_answer_in_order() {
        for room in [1, 16, 10_000] {
            let (answers, ended) = office(async move |office| {
                let mut lines: Vec<_> = (0..40).map(|nth| format!("line {nth}\n")).collect();
                lines.push("\n".to_owned());
                lines.push("x".repeat(LONGEST) + "\n");
                lines.push("stop\n".to_owned());
                let lines = lines.concat();
                let answers = talk(office.connect(room).await, &lines).await;
                ((lines.to_uppercase(), answers), office.ended().await)
            });
            assert_eq!(answers.1, answers.0, "the answers, over a wire of {room} bytes");
            assert_eq!(ended, (vec![Ended::Left], 0), "how it ended, and when");
        }
    }

    #[test]
    fn nobody_waits_for_a_slow_client() {
        let (answered, ended) = office(async |office| {
            let mut slow = Vec::new();
            for nth in 0..1_100 {
                let mut client = office.connect(8).await;
                // Some say nothing, some half a line; some never read, some are thought about.
                let said: &[u8] = match nth % 4 {
                    0 => b"",
                    1 => b"half",
                    2 => b"a long one\nanother\n",
                    _ => b"think 5\n",
                };
                let told = timeout(Duration::from_millis(1), client.write_all(said)).await;
                // Who never reads may not get rid of all of it.
                assert!(told.is_ok() || nth % 4 == 2, "the office does not read from wire {nth}");
                slow.push(client);
            }
            let begun = Instant::now();
            let answers = talk(office.connect(64).await, "quick\nand again\n").await;
            let answered = (answers, begun.elapsed().as_millis());
            (answered, office.ended().await.0)
        });
        assert_eq!(
            answered,
            ("QUICK\nAND AGAIN\n".to_owned(), 0),
            "the answers, and after how long"
        );
        let mut expected = vec![Ended::TooSlow; 1_100];
        expected.push(Ended::Left);
        assert_eq!(ended, expected, "how each ended, in the order of the wires");
    }

    #[test]
    fn a_line_that_does_not_come_in_time_ends_the_visit() {
        let ended = office(async |office| {
            let _silent = office.connect(8).await;
            office.ended().await
        });
        assert_eq!(ended, (vec![Ended::TooSlow], 10_000), "a silent client: how and when it ended");
        let (hung_up, ended) = office(async |office| {
            let (mut reading, mut writing) = split(office.connect(8).await);
            let drip = async {
                while writing.write_all(b".").await.is_ok() {
                    sleep(Duration::from_secs(1)).await;
                }
            };
            let start = office.start;
            let hung_up = async {
                let mut answer = String::new();
                reading.read_to_string(&mut answer).await.expect("the office sends text");
                start.elapsed().as_millis()
            };
            (tokio::join!(drip, hung_up).1, office.ended().await.0)
        });
        assert_eq!(
            (hung_up, ended),
            (10_000, vec![Ended::TooSlow]),
            "a byte each second is no line: when and how it ended"
        );
    }

    #[test]
    fn each_line_has_the_whole_patience() {
        let (answers, ended) = office(async |office| {
            let (mut reading, mut writing) = split(office.connect(64).await);
            let send = async {
                for part in ["one\n", "t", "wo\n", "think 30\n", "three\n"] {
                    sleep(Duration::from_secs(4)).await;
                    let _ = writing.write_all(part.as_bytes()).await;
                }
            };
            let mut answers = String::new();
            let read = reading.read_to_string(&mut answers);
            let (_, read) = tokio::join!(send, timeout(Duration::from_secs(600), read));
            read.expect("it is hung up on in the end").expect("the office sends text");
            (answers, office.ended().await)
        });
        assert_eq!(answers, "ONE\nTWO\nTHINK 30\nTHREE\n", "a line or half of one each 4 seconds");
        // Thinking ends in second 46, `three` is there, and the next line has ten seconds.
        assert_eq!(ended, (vec![Ended::TooSlow], 56_000), "how and when it ended");
    }

    #[test]
    fn an_answer_that_is_not_taken_in_time_ends_the_visit() {
        let ended = office(async |office| {
            let mut client = office.connect(4).await;
            client.write_all(b"think 30\n").await.expect("the office reads");
            let ended = office.ended().await;
            drop(client);
            ended
        });
        assert_eq!(ended, (vec![Ended::TooSlow], 40_000), "a client that never reads");
        let ended = office(async |office| {
            let mut client = office.connect(1).await;
            client.write_all(b"a line of some length\n").await.expect("the office reads");
            let sip = async {
                while client.read_u8().await.is_ok() {
                    sleep(Duration::from_secs(3)).await;
                }
            };
            tokio::join!(sip, office.ended()).1
        });
        assert_eq!(
            ended,
            (vec![Ended::TooSlow], 10_000),
            "a client that reads a byte in 3 seconds"
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_not_read_to_its_end() {
        let (ended, asked) = office(async |office| {
            let mut client = office.connect(1_000).await;
            // Nothing more comes, and the wire stays open.
            client.write_all("x".repeat(LONGEST + 1).as_bytes()).await.expect("there is room");
            let asked = office.asked.clone();
            (office.ended().await, asked.len())
        });
        assert_eq!(ended, (vec![Ended::TooLong], 0), "a byte too many: how and when it ended");
        assert_eq!(asked, 0, "lines that were answered");
        let (ended, asked) = office(async |office| {
            let client = office.connect(1_000).await;
            let answers = talk(client, &("x".repeat(LONGEST + 1) + "\nmore\n")).await;
            let asked = office.asked.clone();
            ((answers, office.ended().await), asked.len())
        });
        let expected = (String::new(), (vec![Ended::TooLong], 0));
        assert_eq!(ended, expected, "a line with a byte too many: answers, how and when it ended");
        assert_eq!(asked, 0, "lines that were answered");
        let (taken, ended) = office(async |office| {
            let mut client = office.connect(64).await;
            let mut taken = 0;
            while taken < 1_000_000 && client.write_all(&[b'x'; 64]).await.is_ok() {
                taken += 64;
            }
            (taken, office.ended().await.0)
        });
        assert!(taken < 100_000, "the office took {taken} bytes of a line without an end");
        assert_eq!(ended, [Ended::TooLong], "a line without an end");
    }

    #[test]
    fn who_leaves_has_left() {
        let (answers, ended, asked) = office(async |office| {
            let answers = talk(office.connect(64).await, "whole\nand a half").await;
            let exactly = talk(office.connect(200).await, &"x".repeat(LONGEST)).await;
            assert_eq!(exactly, "", "answers to what is no line");
            // One leaves while the office thinks: the answer finds nobody.
            let mut client = office.connect(64).await;
            client.write_all(b"think 1\nmore\n").await.expect("the office reads");
            sleep(Duration::from_millis(500)).await;
            drop(client);
            drop(office.connect(64).await);
            let asked = office.asked.clone();
            (answers, office.ended().await, asked.len())
        });
        assert_eq!(answers, "WHOLE\n", "answers to a line and half of one");
        assert_eq!(ended, (vec![Ended::Left; 4], 1_000), "how each ended, and when the last did");
        assert_eq!(asked, 2, "lines that were thought about: none behind an answer for nobody");
    }

    #[test]
    fn an_answer_has_the_whole_patience() {
        let (answer, ended) = office(async |office| {
            let mut client = office.connect(4).await;
            sleep(Duration::from_secs(8)).await;
            client.write_all(b"a line of some length\n").await.expect("the office reads");
            sleep(Duration::from_secs(8)).await;
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.expect("the office sends text");
            (answer, office.ended().await)
        });
        assert_eq!(answer, "A LINE OF SOME LENGTH\n", "8 s for the line, and 8 s for the answer");
        assert_eq!(ended, (vec![Ended::TooSlow], 26_000), "how and when it ended");
    }

    #[test]
    fn the_length_of_a_line_is_counted_in_bytes() {
        let ended = office(async |office| {
            let answers = talk(office.connect(1_000).await, &("ü".repeat(50) + "\n")).await;
            assert_eq!(answers, "", "answers to 100 bytes, which are 50 characters");
            let fits = "ü".repeat(LONGEST / 2) + "\n";
            let answers = talk(office.connect(1_000).await, &fits).await;
            assert_eq!(answers, fits.to_uppercase(), "answers to 80 bytes");
            office.ended().await.0
        });
        assert_eq!(ended, [Ended::TooLong, Ended::Left], "how the two ended");
    }

    #[test]
    fn bytes_that_are_no_text_cost_no_other() {
        let (asked, ended) = office(async |office| {
            let mut client = office.connect(64).await;
            client.write_all(b"here\xFFthere\nreturn\r\n").await.expect("the office reads");
            client.shutdown().await.expect("the office reads");
            client.read_to_end(&mut Vec::new()).await.expect("it is hung up on");
            let asked = office.asked.clone();
            (asked.events(), office.ended().await.0)
        });
        let lines: Vec<_> = asked.into_iter().map(|(line, _)| line).collect();
        assert!(
            lines.len() == 2 && lines[0].starts_with("here") && lines[0].ends_with("there"),
            "what was thought about: {lines:?}"
        );
        assert_eq!(lines[1], "return\r", "only the `\\n` is no part of a line");
        assert_eq!(ended, [Ended::Left], "how it ended");
    }

    #[test]
    fn a_wire_that_buffers_sends_each_answer() {
        let answer = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (line, wires) = mpsc::channel(1);
                let (mut client, wire) = duplex(64);
                line.send(BufStream::new(wire)).await.expect("there is room");
                let serving = serve(wires, PATIENCE, |line: String| async { line });
                let talk = async {
                    client.write_all(b"line\n").await.expect("the office reads");
                    let mut answer = [0; 5];
                    let read = timeout(PATIENCE / 2, client.read_exact(&mut answer)).await;
                    drop((client, line));
                    read.is_ok().then_some(answer)
                };
                tokio::join!(serving, talk).1
            })
        });
        assert_eq!(answer.as_ref(), Some(b"line\n"), "the answer, while the wire stays open");
    }

    /// A wire on which nothing comes, and which takes for ever to be shut down.
    struct Stuck {
        _guard: DropGuard,
    }

    impl AsyncRead for Stuck {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Stuck {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Pending
        }
    }

    #[test]
    fn to_hang_up_is_to_drop_the_wire() {
        let (ended, alive) = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (line, wires) = mpsc::channel(1);
                let drops = Drops::new();
                assert!(line.send(Stuck { _guard: drops.guard() }).await.is_ok(), "there is room");
                drop(line);
                let serving = serve(wires, PATIENCE, |line: String| async { line });
                (timeout(PATIENCE, serving).await.ok(), drops.alive())
            })
        });
        assert_eq!(ended, Some(vec![Ended::Left]), "how it ended; `None`: it waits for the wire");
        assert_eq!(alive, 0, "wires that are left");
    }

    /// A wire on which one line comes. It takes six seconds to write an answer, and six to flush it.
    struct Slow {
        line: &'static [u8],
        busy: Option<Pin<Box<Sleep>>>,
    }

    impl Slow {
        fn poll_pass(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            let busy = self.busy.get_or_insert_with(|| Box::pin(sleep(Duration::from_secs(6))));
            ready!(busy.as_mut().poll(cx));
            self.busy = None;
            Poll::Ready(())
        }
    }

    impl AsyncRead for Slow {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            let (now, later) = self.line.split_at(self.line.len().min(buf.remaining()));
            buf.put_slice(now);
            self.line = later;
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Slow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            self.poll_pass(cx).map(|()| Ok(bytes.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            self.poll_pass(cx).map(Ok)
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn to_write_and_to_flush_share_the_patience() {
        let (ended, took) = within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let ((line, wires), start) = (mpsc::channel(1), Instant::now());
                let slow = Slow { line: b"line\n", busy: None };
                assert!(line.send(slow).await.is_ok(), "there is room");
                drop(line);
                let serving = serve(wires, PATIENCE, |line: String| async { line });
                let ended = timeout(6 * PATIENCE, serving).await;
                (ended.unwrap_or_default(), start.elapsed().as_millis())
            })
        });
        let expected = (vec![Ended::TooSlow], 10_000);
        assert_eq!((ended, took), expected, "how and when it ended: 6 s to write, 6 to flush");
    }

    #[test]
    fn each_wire_has_a_task_that_ends_with_the_office() {
        let (mut tasks, alive, read) = office(async |office| {
            let mut clients = Vec::new();
            for _ in 0..9 {
                let mut client = office.connect(64).await;
                client.write_all(b"think 9\n").await.expect("the office reads");
                clients.push(client);
            }
            sleep(Duration::from_secs(1)).await;
            let mut tasks: Vec<_> =
                office.asked.events().into_iter().filter_map(|(_, task)| task).collect();
            tasks.push(office.serving.id());
            office.serving.abort();
            for _ in 0..20 {
                yield_now().await;
            }
            let mut read = 0;
            for mut client in clients {
                let left = timeout(Duration::ZERO, client.read_to_string(&mut String::new())).await;
                read += left.map_or(1, |bytes| bytes.unwrap_or_default());
            }
            (tasks, office.drops.alive(), read)
        });
        tasks.sort();
        tasks.dedup();
        assert_eq!(tasks.len(), 10, "different tasks: nine for nine wires, and that of `serve`");
        assert_eq!(alive, 0, "answers that are still thought of when `serve` was dropped");
        assert_eq!(read, 0, "clients that were not hung up on when `serve` was dropped");
    }
}
