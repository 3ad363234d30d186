// Ends the translator when both its pipes are closed, though it works on.
// => failed a_translator_may_close_a_pipe_and_work_on

use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

struct Translation {
    answers: Vec<u8>,
    complaints: Vec<u8>,
    ended: ExitStatus,
}

fn forgive(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn translate(translator: &mut Command, text: &[u8]) -> io::Result<Translation> {
    translator.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = translator.spawn()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");
    thread::scope(|scope| {
        let writer = scope.spawn(move || forgive(stdin.write_all(text)));
        let complaining = scope.spawn(move || {
            let mut complaints = Vec::new();
            stderr.read_to_end(&mut complaints).map(|_| complaints)
        });
        let mut answers = Vec::new();
        let read = stdout.read_to_end(&mut answers);
        let complaints = complaining.join().expect("the reader does not panic");
        // Nobody can hear it anymore: do not wait for it.
        let _ = child.kill();
        let ended = child.wait()?;
        let written = writer.join().expect("the writer does not panic");
        read?;
        written?;
        Ok(Translation { answers, complaints: complaints?, ended })
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
