// Reads complaints with a thread, and the answers when the text is written.
// => failed a_long_text_comes_back_while_it_is_read

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
        let mut complaints = process.stderr.take().unwrap();
        let complaints = scope.spawn(move || {
            let mut all = Vec::new();
            complaints.read_to_end(&mut all).map(|_| all)
        });
        let _ = input.write_all(text);
        drop(input);
        let mut output = process.wait_with_output()?;
        output.stderr = complaints.join().unwrap()?;
        Ok::<_, io::Error>(output)
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
