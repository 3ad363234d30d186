//! Runs the lessons of chapter 4.

fn main() -> std::process::ExitCode {
    lessons::main(
        "chapter-04",
        "Rayon: one job over much data, on every core",
        chapter_04_rayon::LESSONS,
    )
}
