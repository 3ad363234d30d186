//! Runs the lessons of chapter 3.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-03",
        "Tokio: what a runtime does for you, and what it cannot do",
        chapter_03_tokio::LESSONS,
    )
}
