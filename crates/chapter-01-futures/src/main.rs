//! Runs the lessons of chapter 1.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-01",
        "Futures, wakers, and an executor by hand",
        chapter_01_futures::LESSONS,
    )
}
