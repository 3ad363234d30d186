//! Reads the finished book in Chromium, as a reader does: wide and narrow, in
//! every theme, with the keyboard, by its search, on paper. `just book-test`
//! builds the book and calls this.

mod checks;
mod chromium;
mod play;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use chromium::installed;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> =
        std::env::args_os().skip(1).map(PathBuf::from).collect();
    let ([book, pictures], only) = match &arguments[..] {
        [book, pictures] => ([book, pictures], ""),
        [book, pictures, only] => {
            ([book, pictures], only.to_str().unwrap_or_default())
        }
        _ => {
            eprintln!("usage: book-test BOOK PICTURES [PAGES]");
            eprintln!(
                "(the built book, a folder for screenshots, a part of the names of the only pages to read)"
            );
            return ExitCode::from(3);
        }
    };
    let Some(program) = installed() else {
        eprintln!(
            "Chromium is missing; install it with: apt-get install chromium"
        );
        return ExitCode::from(2);
    };
    let start = Instant::now();
    match checks::read_everything(&program, book, pictures, only) {
        Ok(findings) if findings.is_empty() => {
            println!("nothing to mend ({} s)", start.elapsed().as_secs());
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in &findings {
                println!("{finding}");
            }
            println!(
                "{} to mend ({} s)",
                findings.len(),
                start.elapsed().as_secs()
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
