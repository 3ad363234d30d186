//! Runs the lessons of chapter 0.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-00",
        "Threads: concurrent and parallel told apart",
        chapter_00_threads::LESSONS,
    )
}
