//! The mistake of the lesson `first`: nobody joins the threads, so the program
//! ends first.

use std::thread;
use std::time::Duration;

fn main() {
    let tills = [vec![12, 7, 31], vec![5, 8], vec![9, 9, 2, 20]];
    for till in tills {
        thread::spawn(move || {
            // A long till: adding it up takes an hour.
            thread::sleep(Duration::from_hours(1));
            println!("a till has {}", till.iter().sum::<u32>());
        });
    }
    println!("three threads have begun");
}
