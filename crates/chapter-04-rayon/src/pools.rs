//! A pool has a size, and names for its threads.

// ANCHOR: program
use std::error::Error;
use std::thread;

use rayon::ThreadPoolBuilder;

// ANCHOR: named
/// Makes a pool of `threads` threads, called `name 0`, `name 1`, …
pub fn named(name: &'static str, threads: usize) -> ThreadPoolBuilder {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name} {index}"))
}

/// The names of the threads in the current pool. Each thread tells its own.
pub fn thread_names() -> Vec<String> {
    rayon::broadcast(|_| {
        thread::current().name().unwrap_or("no name").to_owned()
    })
}
// ANCHOR_END: named

/// Asks for the threads of the current pool in four places.
pub fn main() -> Result<(), Box<dyn Error>> {
    let (small, large) =
        (named("small", 1).build()?, named("large", 3).build()?);
    println!("the threads of the current pool");
    println!("  outside of any pool             {}", thread_names().join(", "));
    println!(
        "  in small.install                {}",
        small.install(thread_names).join(", ")
    );
    println!(
        "  in large.install                {}",
        large.install(thread_names).join(", ")
    );
    let nested = large.install(|| small.install(thread_names));
    println!("  in both, small the inner one    {}", nested.join(", "));
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
