// Both readers send pieces through one channel; the caller collects them.

use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use std::sync::mpsc;

struct Translation {
    answers: Vec<u8>,
    complaints: Vec<u8>,
    ended: ExitStatus,
}

fn translate(translator: &mut Command, text: &[u8]) -> io::Result<Translation> {
    translator.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = translator.spawn()?;
    let mut input = process.stdin.take().unwrap();
    let pipes: [Box<dyn Read + Send>; 2] =
        [Box::new(process.stdout.take().unwrap()), Box::new(process.stderr.take().unwrap())];
    let (sender, pieces) = mpsc::channel();
    let mut all = [Vec::new(), Vec::new()];
    thread::scope(|scope| {
        scope.spawn(move || drop(input.write_all(text)));
        for (nth, mut pipe) in pipes.into_iter().enumerate() {
            let sender = sender.clone();
            scope.spawn(move || {
                let mut piece = [0; 4096];
                loop {
                    let read = pipe.read(&mut piece).map(|read| piece[..read].to_vec());
                    let over = read.as_ref().map_or(true, Vec::is_empty);
                    if sender.send((nth, read)).is_err() || over {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (nth, piece) in pieces {
            all[nth].extend(piece?);
        }
        Ok::<_, io::Error>(())
    })?;
    let [answers, complaints] = all;
    Ok(Translation { answers, complaints, ended: process.wait()? })
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
