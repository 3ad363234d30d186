//! Runs the lessons of chapter 3.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-03",
        "Tokio: tasks, time, channels, limits, errors, tracing and HTTP",
        chapter_03_tokio::LESSONS,
    )
}
