//! A program says that it failed by its exit code.

// ANCHOR: program
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

// ANCHOR: end
/// Four ways in which a program that should add up one order may end.
pub fn end(way: &str, order: &Path) -> Result<(), Box<dyn Error>> {
    let total = total(order);
    match way {
        "ignore" => drop(total),
        "print" => {
            if let Err(error) = total {
                eprintln!("error: {error}");
            }
        }
        "unwrap" => drop(total.unwrap()),
        "return" => drop(total?),
        _ => return Err(format!("'{way}' is no way to end").into()),
    }
    Ok(())
}
// ANCHOR_END: end

/// The total of an order: a file with a price in each line. An error says what
/// failed, and where.
fn total(order: &Path) -> Result<u64, Box<dyn Error>> {
    let path = order.display();
    let lines = fs::read_to_string(order)
        .map_err(|error| format!("cannot read '{path}': {error}"))?;
    let mut total = 0;
    for (index, price) in lines.lines().enumerate() {
        total += u64::from(price.parse::<u32>().map_err(|error| {
            format!("line {} of '{path}' is not a price: {error}", index + 1)
        })?);
    }
    Ok(total)
}

/// Ends in four ways because of an order that has no total.
///
/// With `END` in the environment, it is a program that ends in that way because
/// of `ORDER`.
pub fn main() -> Result<(), Box<dyn Error>> {
    if let (Ok(way), Some(order)) = (env::var("END"), env::var_os("ORDER")) {
        return end(&way, Path::new(&order));
    }
    let folder = tempfile::tempdir()?;
    let order = folder.path().join("8.txt");
    fs::write(&order, "450\n3OO\n")?; // two letters

    println!("a program that cannot add up order 8");
    println!("  it will  names the order  exit code  && next step");
    for way in ["ignore", "print", "unwrap", "return"] {
        let Output { status, stderr, .. } = Command::new(env::current_exe()?)
            .arg("exit-code")
            .envs([("END", PathBuf::from(way)), ("ORDER", order.clone())])
            .output()?;
        let named = String::from_utf8_lossy(&stderr).contains("8.txt");
        let code = status
            .code()
            .map_or_else(|| "none".to_owned(), |code| code.to_string());
        let named = if named { "yes" } else { "no" };
        let next = if status.success() { "runs" } else { "does not" };
        println!("  {way:<7}{named:>17}{code:>11}{next:>14}");
    }
    Ok(())
}
// ANCHOR_END: program
