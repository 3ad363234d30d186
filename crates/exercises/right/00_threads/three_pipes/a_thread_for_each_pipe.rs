// Three threads, one for each pipe, and the caller waits for the end.

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
    let (input, answers, complaints) =
        (process.stdin.take(), process.stdout.take(), process.stderr.take());
    fn read(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        pipe.expect("it is piped").read_to_end(&mut all)?;
        Ok(all)
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            // Whoever reads no more need not.
            let _ = input.expect("it is piped").write_all(text);
        });
        let answers = scope.spawn(move || read(answers));
        let complaints = scope.spawn(move || read(complaints));
        let ended = process.wait()?;
        let answers = answers.join().expect("it does not panic")?;
        let complaints = complaints.join().expect("it does not panic")?;
        Ok(Translation { answers, complaints, ended })
    })
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
