//! The tables of the benchmarks, from what criterion has kept of their last
//! run.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The file that names a benchmark, beside its results.
#[derive(Deserialize)]
struct Name {
    full_id: String,
    group_id: String,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

/// Nanoseconds.
#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// The table of a package's benchmarks, in the order in which they run.
///
/// # Errors
/// If they cannot be listed, or one of them has not run.
pub fn table(package: &str) -> Result<String, Box<dyn Error>> {
    let mut found = HashMap::new();
    collect(&target()?.join("criterion"), &mut found)?;
    let mut table =
        format!("{:42} {:>9}   {}\n", "", "median", "95 % confidence");
    let mut group = String::new();
    for id in list(package)? {
        let missing = || {
            format!(
                "'{id}' has not run: cargo bench --package {package} --benches"
            )
        };
        let folder = found.get(&id).ok_or_else(missing)?;
        let name: Name = read(&folder.join("benchmark.json"))?;
        let Estimates { median } = read(&folder.join("estimates.json"))?;
        if name.group_id != group {
            table += &format!("\n{}\n", name.group_id);
            group = name.group_id;
        }
        let label =
            id.strip_prefix(&group).unwrap_or(&id).trim_start_matches('/');
        let Interval { lower_bound, upper_bound } = median.confidence_interval;
        table += &format!(
            "  {label:40} {:>9}   {} to {}\n",
            time(median.point_estimate),
            time(lower_bound),
            time(upper_bound)
        );
    }
    Ok(table)
}

/// The names of the benchmarks.
fn list(package: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let output = cargo()
        .args([
            "bench",
            "--quiet",
            "--package",
            package,
            "--benches",
            "--",
            "--list",
        ])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(
            format!("the benchmarks of {package}: {}", output.status).into()
        );
    }
    let lines = String::from_utf8(output.stdout)?;
    let names =
        lines.lines().filter_map(|line| line.strip_suffix(": benchmark"));
    Ok(names.map(str::to_owned).collect())
}

/// Where cargo puts what it builds.
fn target() -> Result<PathBuf, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version=1"])
        .output()?;
    let Metadata { target_directory } = serde_json::from_slice(&output.stdout)?;
    Ok(target_directory)
}

fn cargo() -> Command {
    let mut cargo = Command::new(
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
    );
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// The folders with the newest results, by the benchmark's name.
fn collect(
    folder: &Path,
    found: &mut HashMap<String, PathBuf>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.ends_with("new") {
            let name: Name = read(&path.join("benchmark.json"))?;
            found.insert(name.full_id, path);
        } else if path.is_dir() {
            collect(&path, found)?;
        }
    }
    Ok(())
}

fn read<T: for<'de> Deserialize<'de>>(
    path: &Path,
) -> Result<T, Box<dyn Error>> {
    let text = fs::read(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Three digits and a unit.
fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e3 => (nanoseconds, "ns"),
        ..1e6 => (nanoseconds / 1e3, "µs"),
        ..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    let places = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.places$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        let times = [
            0.123, 9.99, 65.742, 999.4, 1_000.0, 21_862.0, 203_350.0, 5.7e6,
            1.2e9,
        ];
        let expected = [
            "0.12 ns", "9.99 ns", "65.7 ns", "999 ns", "1.00 µs", "21.9 µs",
            "203 µs", "5.70 ms", "1.20 s",
        ];
        assert_eq!(times.map(time), expected);
    }
}
