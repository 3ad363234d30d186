//! Runs the lessons of chapter 4.

fn main() -> std::process::ExitCode {
    lessons::main(
        env!("CARGO_PKG_NAME"),
        "Rayon: one job over much data, on every core",
        chapter_04_rayon::LESSONS,
    )
}
