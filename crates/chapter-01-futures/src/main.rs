//! Runs the lessons of chapter 1.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-01",
        "Futures: an async fn in a trait, and what its call returns",
        chapter_01_futures::LESSONS,
    )
}
