use super::*;
use crate::testing::pool;
use std::io::{BufReader, Read};
use std::iter;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use witness::{PATIENT, Rendezvous, within};

fn text(lines: usize) -> String {
    (0..lines).map(|number| format!("{number}\n")).collect()
}

fn number(line: &str) -> usize {
    line.parse().expect("a number")
}

#[test]
fn every_line_is_worked_on_once_and_two_ways_keep_the_order() {
    let text = text(1_000);
    let expected: Vec<usize> = (0..1_000).collect();
    for threads in [1, 2, 7] {
        let [mut any, numbered, collected] = pool(threads).install(|| {
            [
                par_lines(text.as_bytes(), number),
                par_lines_in_order(text.as_bytes(), number),
                par_lines_collected(text.as_bytes(), number),
            ]
            .map(|lines| lines.expect("it is text"))
        });
        any.sort_unstable();
        assert_eq!(
            [&any, &numbered, &collected],
            [&expected; 3],
            "{threads} threads"
        );
    }
}

#[test]
fn when_two_threads_take_turns_the_order_is_lost() {
    let lines = within(PATIENT, || {
        let pair = Rendezvous::new(2);
        let work = |line: &str| {
            // So each thread gets one line of the first two, and one of the
            // last two.
            pair.meet(PATIENT / 2).expect("the other has a line, too");
            number(line)
        };
        pool(2).install(|| par_lines(text(4).as_bytes(), work))
    });
    assert!(!lines.expect("it is text").is_sorted());
}

#[test]
fn a_line_that_cannot_be_read_is_an_error() {
    let no_text = b"1\n\xff\n3\n";
    pool(2).install(|| {
        for lines in [par_lines, par_lines_in_order] {
            let error =
                lines(&no_text[..], number).expect_err("it is no UTF-8");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    });
}

/// Text that ends in a second line, which is there when somebody has sent for
/// it.
struct SecondLine(mpsc::Receiver<()>);

impl Read for SecondLine {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.recv() {
            Ok(()) => (&b"2\n"[..]).read(into),
            Err(mpsc::RecvError) => Ok(0),
        }
    }
}

#[test]
fn a_line_is_asked_for_while_another_is_worked_on() {
    // The second line is not there before the first is worked on: reading first
    // would hang.
    let lines = within(PATIENT, || {
        let (start, started) = mpsc::channel();
        let start = Mutex::new(Some(start));
        let work = |line: &str| {
            if let Some(start) = start.lock().expect("nobody panics").take() {
                start.send(()).expect("somebody asks for it");
            }
            number(line)
        };
        let input = b"1\n".as_slice().chain(SecondLine(started));
        pool(2).install(|| par_lines(BufReader::new(input), work))
    });
    let mut lines = lines.expect("it is text");
    lines.sort_unstable();
    assert_eq!(lines, [1, 2]);
}

#[test]
fn while_the_only_thread_asks_for_a_line_no_job_of_the_pool_begins() {
    within(PATIENT, || {
        let begun = &AtomicBool::new(false);
        let mut asked = 0;
        let lines = iter::from_fn(|| {
            thread::yield_now();
            asked += 1;
            // A channel would wait here as long as nobody sends, and the sender
            // has not begun.
            (asked <= 1_000 && !begun.load(SeqCst)).then_some(())
        });
        let count = pool(1).in_place_scope(|scope| {
            let (answer, count) = mpsc::channel();
            scope.spawn(move |scope| {
                scope.spawn(|_| begun.store(true, SeqCst));
                answer
                    .send(lines.par_bridge().count())
                    .expect("the test waits");
            });
            count.recv()
        });
        assert_eq!(count, Ok(1_000));
        assert!(begun.load(SeqCst));
    });
}

#[test]
fn a_sender_outside_of_the_pool_needs_none_of_its_threads() {
    for threads in [1, 2] {
        assert_eq!(
            within(PATIENT, move || sent_from_outside(&pool(threads))),
            100
        );
    }
}
