//! Runs the lessons of the appendix.

fn main() -> std::process::ExitCode {
    lessons::main(
        env!("CARGO_PKG_NAME"),
        "Beyond one machine: the same index from many workers, on NATS JetStream",
        beyond_one_machine::LESSONS,
    )
}
