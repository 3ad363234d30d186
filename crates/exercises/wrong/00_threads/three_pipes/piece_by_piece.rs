// Hands over a piece, reads a piece, and so on: who answers nothing yet is waited for.
// => failed long_answers_and_complaints_come_in_any_order

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
    let mut output = process.stdout.take().expect("it is piped");
    let mut complaints = process.stderr.take().expect("it is piped");
    let (mut answers, mut complained) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let listener = scope.spawn(|| complaints.read_to_end(&mut complained));
        let mut piece = vec![0; 1 << 16];
        for part in text.chunks(1000) {
            if input.write_all(part).is_err() {
                break;
            }
            let read = output.read(&mut piece)?;
            answers.extend_from_slice(&piece[..read]);
        }
        drop(input);
        output.read_to_end(&mut answers)?;
        listener.join().expect("it does not panic")
    })?;
    Ok(Translation { answers, complaints: complained, ended: process.wait()? })
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
