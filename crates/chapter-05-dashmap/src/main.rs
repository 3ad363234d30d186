//! Runs the lessons of chapter 5.

fn main() -> std::process::ExitCode {
    lessons::main(
        env!("CARGO_PKG_NAME"),
        "DashMap: a map that threads share, behind one lock or many",
        chapter_05_dashmap::LESSONS,
    )
}
