// A translator is a program of its own. It reads a text through one pipe, answers through a second,
// and complains through a third. `translate` starts it, hands it the text, and returns all answers,
// all complaints, byte for byte, and how it ended. Its input ends where the text ends.
//
// Translators are peculiar. One answers while it reads, another complains at length before it reads
// a word, a third leaves in the middle of the text: that is no error. A program that cannot be
// started is one. A pipe holds some 64 KiB, and whoever writes more waits for somebody who reads.
//
// What is wanted: `translate` returns when the translator has ended, whatever it did first, and
// leaves no thread behind that works on. Whoever waits, sleeps. The standard library is enough.
//
// How it is judged: with texts, answers and complaints of a megabyte, in all orders.
//
// Lesson: chapter-00 processes

use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

struct Translation {
    answers: Vec<u8>,
    complaints: Vec<u8>,
    ended: ExitStatus,
}

fn translate(translator: &mut Command, text: &[u8]) -> io::Result<Translation> {
    translator.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = translator.spawn()?;
    let mut input = process.stdin.take().expect("it is piped");
    let output = thread::scope(|scope| {
        // It owns its end of the pipe, so that the input ends with it. An error says that the
        // translator reads no more.
        scope.spawn(move || input.write_all(text));
        // Reads both other pipes as something comes, and then waits for the end.
        process.wait_with_output()
    })?;
    Ok(Translation { answers: output.stdout, complaints: output.stderr, ended: output.status })
}

fn main() {
    // This program is also the translator that it starts.
    if std::env::var_os("TRANSLATOR").is_some() {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).expect("the text is UTF-8");
        println!("{}", text.to_uppercase());
        eprintln!("{} letters, and not one coffee", text.len());
        return;
    }
    witness::within(std::time::Duration::from_secs(5), || {
        let program = std::env::current_exe().expect("it was started from a file");
        let mut translator = Command::new(program);
        translator.args(std::env::args_os().skip(1)).env("TRANSLATOR", "1");
        let translation = translate(&mut translator, b"good morning");
        let translation = translation.expect("it can be started");
        print!("answers: {}", String::from_utf8_lossy(&translation.answers));
        print!("complaints: {}", String::from_utf8_lossy(&translation.complaints));
        println!("it ended with {}", translation.ended);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::Effort;
    use std::io::{self, Read, Write};
    use std::path::Path;
    use std::process::{self, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};
    use std::{env, fs};
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(40);
    const MANNER: &str = "OVERLAP_TRANSLATOR";
    const FILE: &str = "OVERLAP_TRANSLATOR_FILE";
    const BEGIN: &[u8] = b"\x01the translation begins\x01";
    const MEGABYTE: usize = 1 << 20;
    /// No part of any UTF-8.
    const COMPLAINT: u8 = 0xFE;

    /// The side of the translator: it is this test in another process. For a test it does nothing.
    #[test]
    fn a_translator() {
        let Some(manner) = env::var_os(MANNER) else { return };
        let (mut text, mut answers, mut complaints) = (io::stdin(), io::stdout(), io::stderr());
        let mut said = Ok(());
        let code = match manner.to_str() {
            Some("echo") => {
                said = answers.write_all(BEGIN).and_then(|()| {
                    let mut piece = [0; 1000];
                    loop {
                        match text.read(&mut piece)? {
                            0 => return Ok(()),
                            read => answers.write_all(&piece[..read])?,
                        }
                        answers.flush()?;
                    }
                });
                0
            }
            Some("leaves") => {
                said = text.read_exact(&mut [0; 10]).and_then(|()| answers.write_all(BEGIN));
                said = said.and_then(|()| answers.write_all(b"enough"));
                3
            }
            Some("leaves at once") => 4,
            // Asks another one, who is not to read what it has itself.
            Some("asks") => {
                let (answers, ..) = ask("echo", vec![]);
                if answers.is_empty() { 0 } else { 7 }
            }
            // Asks one who leaves at once, whose child keeps the first pipe and reads nothing, and
            // looks who is left. Whoever has been joined may be about to go, but does not sleep.
            #[cfg(target_os = "linux")]
            Some("looks back") => {
                let threads = || {
                    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
                    threads.map(|thread| thread.path()).collect::<Vec<_>>()
                };
                let before = threads();
                let steps = "exec 3<&0; sleep 2 <&3 >&- 2>&- & exit 0";
                let _ = translate(Command::new("sh").args(["-c", steps]), &long_text());
                let sleeps =
                    threads().into_iter().filter(|thread| !before.contains(thread)).any(|thread| {
                        let status = fs::read_to_string(thread.join("status"));
                        status.is_ok_and(|status| status.contains("\nState:\tS"))
                    });
                if sleeps { 7 } else { 0 }
            }
            // Works until a file is there.
            Some("works") => {
                let file = env::var_os(FILE).expect("it was told which");
                let begun = Instant::now();
                while !Path::new(&file).exists() && begun.elapsed() < LIMIT / 2 {
                    thread::sleep(Duration::from_millis(10));
                }
                0
            }
            // a: a megabyte of answers, c: of complaints, r: reads all.
            Some(steps) => {
                said = answers.write_all(BEGIN);
                for step in steps.chars() {
                    said = said.and_then(|()| match step {
                        'a' => answers.write_all(&vec![b'a'; MEGABYTE]),
                        'c' => complaints.write_all(&vec![COMPLAINT; MEGABYTE]),
                        _ => text.read_to_end(&mut Vec::new()).map(drop),
                    });
                }
                0
            }
            None => 5,
        };
        let said = said.and_then(|()| answers.flush());
        process::exit(if said.is_ok() { code } else { 6 });
    }

    fn translator(manner: &str) -> Command {
        let mut translator = Command::new(env::current_exe().expect("it was started from a file"));
        translator.args(["--exact", "tests::a_translator", "--nocapture", "--test-threads=1"]);
        translator.env(MANNER, manner);
        translator
    }

    /// Its answers without what a test prints before it begins, its complaints, and its exit code.
    fn ask(manner: &str, text: Vec<u8>) -> (Vec<u8>, Vec<u8>, Option<i32>) {
        let mut translator = translator(manner);
        let translation = within(LIMIT, move || translate(&mut translator, &text));
        let translation = translation.expect("the translator was started: there is no error");
        let Translation { answers, complaints, ended } = translation;
        let begin = answers.windows(BEGIN.len()).position(|part| part == BEGIN);
        let begin = begin.map_or(answers.len(), |at| at + BEGIN.len());
        (answers[begin..].to_vec(), complaints, ended.code())
    }

    /// A megabyte of all sorts of bytes, most of them no UTF-8.
    fn long_text() -> Vec<u8> {
        (0..MEGABYTE + 7).map(|nth| (nth * 31 % 251) as u8).collect()
    }

    #[test]
    fn a_short_text_comes_back() {
        assert_eq!(
            ask("echo", b"good morning\n".to_vec()),
            (b"good morning\n".into(), vec![], Some(0))
        );
        assert_eq!(ask("echo", vec![]), (vec![], vec![], Some(0)), "the empty text is a text");
    }

    #[test]
    fn it_reads_the_text_and_nothing_else() {
        let code = within(LIMIT, || {
            let mut asks = translator("asks");
            asks.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut asks = asks.spawn().expect("it can be started");
            let mut input = asks.stdin.take().expect("it is piped");
            // On a busy machine it may have asked already, and be gone.
            let _ = input.write_all(b"for the one who asks");
            drop(input);
            asks.wait().expect("it was started").code()
        });
        assert_eq!(code, Some(0), "7: with no text, it read the input of the one who asked it");
    }

    /// A pipe that is closed is not yet the end: it works on for a second, and says how it went.
    #[cfg(unix)]
    #[test]
    fn a_translator_may_close_a_pipe_and_work_on() {
        let works_on = [
            ("exec <&-; sleep 1; printf enough; exit 3", "its input", &b"enough"[..]),
            ("exec >&- 2>&-; sleep 1; exit 3", "both others", b""),
        ];
        for (steps, closed, answers) in works_on {
            let translation = within(LIMIT, move || {
                translate(Command::new("sh").args(["-c", steps]), &long_text())
            });
            let translation = translation.expect("the translator was started: there is no error");
            assert_eq!(translation.answers, answers, "answers of one who had closed {closed}");
            let code = translation.ended.code();
            assert_eq!(code, Some(3), "the exit code of one who had closed {closed}");
        }
    }

    #[test]
    fn a_long_text_comes_back_while_it_is_read() {
        let (answers, _, code) = ask("echo", long_text());
        assert!(answers == long_text(), "{} bytes came back, or other bytes", answers.len());
        assert_eq!(code, Some(0), "its exit code");
    }

    #[test]
    fn long_answers_and_complaints_come_in_any_order() {
        for steps in ["ar", "ra", "cr", "rc", "acr", "car", "arc", "cra", "rac", "rca", "acac"] {
            let (answers, complaints, code) = ask(steps, long_text());
            let expected = |step| steps.matches(step).count() * MEGABYTE;
            assert_eq!(answers.len(), expected("a"), "bytes of answers, steps '{steps}'");
            assert_eq!(complaints.len(), expected("c"), "bytes of complaints, steps '{steps}'");
            assert!(answers.iter().all(|&byte| byte == b'a'), "not only answers, steps '{steps}'");
            assert!(complaints.iter().all(|&byte| byte == COMPLAINT), "not only complaints");
            assert_eq!(code, Some(0), "its exit code, steps '{steps}'");
        }
    }

    #[test]
    fn a_translator_may_leave_before_the_end() {
        let (answers, _, code) = ask("leaves", long_text());
        assert_eq!(
            (&answers[..], code),
            (&b"enough"[..], Some(3)),
            "its answers and its exit code"
        );
        assert_eq!(ask("leaves at once", long_text()).2, Some(4), "its exit code");
        assert_eq!(ask("leaves at once", vec![]).2, Some(4), "its exit code");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nobody_is_left_who_writes_on() {
        let (.., code) = ask("looks back", vec![]);
        assert_eq!(code, Some(0), "7: `translate` has returned, and a thread of it still waits");
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error() {
        let missing = within(LIMIT, || {
            translate(&mut Command::new("./there-is-no-such-translator"), b"hello").map(|_| ())
        });
        let kind = missing.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::NotFound), "what comes of a program that is not there");
    }

    #[test]
    fn the_caller_sleeps_while_the_translator_works() {
        let file = env::temp_dir().join(format!("translator-{}-works", process::id()));
        let ends = file.clone();
        let rest = within(LIMIT, move || {
            let mut works = translator("works");
            works.env(FILE, &file);
            let caller = Effort::of_this_thread();
            thread::scope(|scope| {
                let rest = scope.spawn(|| {
                    let quiet = caller.asleep();
                    thread::sleep(Duration::from_millis(600));
                    let rest = quiet.rest();
                    fs::write(&ends, "").expect("there is room for a file");
                    rest
                });
                let _ = translate(&mut works, b"hello");
                let _ = fs::remove_file(&file);
                rest.join().expect("it only looks at the caller")
            })
        });
        assert!(rest.slept_on(), "the caller looked again and again, not slept: {rest:?}");
        assert!(rest.naps < 9, "the caller woke again and again, and for nothing: {rest:?}");
    }
}
