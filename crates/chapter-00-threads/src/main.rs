//! Runs the lessons of chapter 0.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-00",
        "Threads, processes, channels and atomics",
        chapter_00_threads::LESSONS,
    )
}
