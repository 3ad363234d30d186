//! Runs the lessons of chapter 0.

fn main() -> std::process::ExitCode {
    lessons::main(
        env!("CARGO_PKG_NAME"),
        "Threads: concurrent and parallel told apart",
        chapter_00_threads::LESSONS,
    )
}
