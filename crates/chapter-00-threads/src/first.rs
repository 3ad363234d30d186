//! Spawn starts a thread, and join waits for its value.

// ANCHOR: program
use std::error::Error;
use std::thread;

/// Adds up the tills of three doors, each on a thread of its own.
pub fn main() -> Result<(), Box<dyn Error>> {
    let tills = [vec![12, 7, 31], vec![5, 8], vec![9, 9, 2, 20]];

    let mut handles = Vec::new();
    for till in tills {
        handles.push(thread::spawn(move || add_up(till)));
    }
    println!("{} threads have begun", handles.len());

    for handle in handles {
        println!(
            "a till has {}",
            handle.join().expect("adding up does not panic")
        );
    }
    Ok(())
}

fn add_up(till: Vec<u32>) -> u32 {
    till.iter().sum()
}
// ANCHOR_END: program
