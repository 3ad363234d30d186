//! Runs the lessons of chapter 5.

fn main() -> std::process::ExitCode {
    lessons::main("chapter-05", "DashMap: maps that threads share", chapter_05_dashmap::LESSONS)
}
