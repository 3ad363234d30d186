//! A program says that it failed by its exit code.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use lessons::measure::Table;

use crate::errors::{chain, total};

// ANCHOR: end
/// Four ways in which a program that should add up one order may end.
pub async fn end(way: &str, order: &Path) -> Result<(), Box<dyn Error>> {
    let total = total(order).await;
    match way {
        "ignore" => drop(total),
        "print" => {
            if let Err(error) = total {
                eprintln!("error: {}", chain(&error));
            }
        }
        "unwrap" => drop(total.unwrap()),
        "return" => drop(total?),
        _ => return Err(format!("'{way}' is no way to end").into()),
    }
    Ok(())
}
// ANCHOR_END: end

/// Ends in four ways because of an order that has no total.
///
/// With `END` in the environment, it is a program that ends in that way because of `ORDER`.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    if let (Ok(way), Some(order)) = (env::var("END"), env::var_os("ORDER")) {
        return end(&way, Path::new(&order)).await;
    }
    let folder = tempfile::tempdir()?;
    let order = folder.path().join("8.txt");
    fs::write(&order, "450\n3OO\n")?; // two letters

    println!("a program that cannot add up order 8");
    let mut table = Table::new(["it will", "names the order", "exit code", "&& next step"]);
    for way in ["ignore", "print", "unwrap", "return"] {
        let Output { status, stderr, .. } = Command::new(env::current_exe()?)
            .arg("exit-code")
            .envs([("END", PathBuf::from(way)), ("ORDER", order.clone())])
            .output()?;
        let named = String::from_utf8_lossy(&stderr).contains("8.txt");
        let code = status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
        let named = if named { "yes" } else { "no" };
        let next = if status.success() { "runs" } else { "does not" };
        table.row([way, named, &code, next]);
    }
    print!("{table}");
    Ok(())
}
