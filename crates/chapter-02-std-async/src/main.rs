//! Runs the lessons of chapter 2.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-02",
        "Async with the standard library alone",
        chapter_02_std_async::LESSONS,
    )
}
