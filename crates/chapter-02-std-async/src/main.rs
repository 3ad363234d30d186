//! Runs the lessons of chapter 2.

fn main() -> std::process::ExitCode {
    lessons::main(
        env!("CARGO_PKG_NAME"),
        "Async with the standard library alone",
        chapter_02_std_async::LESSONS,
    )
}
