//! Runs the lessons of chapter 4.

fn main() -> std::process::ExitCode {
    lessons::main("chapter-04", "Rayon: data parallelism", chapter_04_rayon::LESSONS)
}
