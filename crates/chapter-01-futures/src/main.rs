//! Runs the lessons of chapter 1.

fn main() -> std::process::ExitCode {
    lessons::main(
        env!("CARGO_PKG_NAME"),
        "Futures: what a call returns, when it runs, how it is polled",
        chapter_01_futures::LESSONS,
    )
}
