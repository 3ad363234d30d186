//! Ten numbers are too little work to share.

use std::time::Instant;

use rayon::prelude::*;

fn main() {
    let numbers: Vec<u32> = (0..10).collect();

    let start = Instant::now();
    let sum: u32 = numbers.iter().map(|number| number * number).sum();
    println!("iter       {sum} in {} µs", start.elapsed().as_micros());

    let start = Instant::now();
    let sum: u32 = numbers.par_iter().map(|number| number * number).sum();
    println!("par_iter   {sum} in {} µs", start.elapsed().as_micros());
}
