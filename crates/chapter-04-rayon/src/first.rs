//! One word makes an iterator parallel.

// ANCHOR: program
use std::error::Error;
use std::time::Instant;

use rayon::prelude::*;

/// Counts the primes among half a million numbers, on one thread and on many.
pub fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u32> = (0..500_000).collect();

    let start = Instant::now();
    let primes = numbers.iter().filter(|number| is_prime(**number)).count();
    let ms = start.elapsed().as_millis();
    println!("iter       {primes} primes in {ms} ms");

    let start = Instant::now();
    let primes = numbers.par_iter().filter(|number| is_prime(**number)).count();
    let ms = start.elapsed().as_millis();
    println!("par_iter   {primes} primes in {ms} ms");
    Ok(())
}

fn is_prime(number: u32) -> bool {
    number > 1 && (2..=number.isqrt()).all(|by| !number.is_multiple_of(by))
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
