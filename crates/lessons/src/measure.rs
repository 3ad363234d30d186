//! Measuring that a busy machine cannot mislead.
//!
//! Other programs use the cores too, and not evenly. Three habits keep a table
//! honest:
//!
//! - **Arms in turn.** What is compared runs alternately, round after round, so
//!   that a busy moment meets all arms alike: [`fastest_in_turn`],
//!   [`median_in_turn`], and [`in_turn`] for arms that return something else
//!   than a time.
//! - **A control.** One arm runs twice, under two names. How far the two are
//!   apart is how far to trust the rest: [`Control`].
//! - **No verdict from noise.** Differences within the control's are none, and
//!   when the control is too far off, the answer is [too busy to
//!   tell](Control::too_busy).
//!
//! ```
//! use lessons::measure::{Control, fastest_in_turn};
//!
//! let numbers: Vec<u64> = (0..10_000).collect();
//! let sum = || drop(std::hint::black_box(numbers.iter().sum::<u64>()));
//! let last = || drop(std::hint::black_box(numbers.last()));
//! let [one, other, again] = fastest_in_turn(5, [&mut { sum }, &mut { last }, &mut { sum }]);
//! match Control::new(one, again).too_busy(1.10) {
//!     Some(reason) => println!("{reason}"),
//!     None => println!("the last one is {}", Control::new(one, again).compared(other)),
//! }
//! ```

use std::fmt;
use std::time::{Duration, Instant};

/// Runs each arm once a round, one after another, for `rounds` rounds. Returns
/// what each arm returned in each round.
///
/// An arm that prepares something before it starts its own clock returns the
/// time itself; one that is only to be timed is better off with
/// [`fastest_in_turn`].
pub fn in_turn<T, const N: usize>(
    rounds: usize,
    mut arms: [&mut dyn FnMut() -> T; N],
) -> [Vec<T>; N] {
    let mut returned = [(); N].map(|()| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (arm, returned) in arms.iter_mut().zip(&mut returned) {
            returned.push(arm());
        }
    }
    returned
}

/// [`in_turn`] for arms whose number is known only at run time.
pub fn all_in_turn<T>(
    rounds: usize,
    arms: &mut [Box<dyn FnMut() -> T + '_>],
) -> Vec<Vec<T>> {
    let mut returned: Vec<Vec<T>> =
        arms.iter().map(|_| Vec::with_capacity(rounds)).collect();
    for _ in 0..rounds {
        for (arm, returned) in arms.iter_mut().zip(&mut returned) {
            returned.push(arm());
        }
    }
    returned
}

/// Runs the arms [in turn](in_turn) and returns the least time of each: what
/// the work takes when nothing disturbs it. A disturbance makes a time longer,
/// never shorter.
///
/// # Panics
/// If `rounds` is 0.
pub fn fastest_in_turn<const N: usize>(
    rounds: usize,
    arms: [&mut dyn FnMut(); N],
) -> [Duration; N] {
    timed_in_turn(rounds, arms).map(|times| fastest(&times))
}

/// Runs the arms [in turn](in_turn) and returns the median time of each: what
/// one may expect.
///
/// # Panics
/// If `rounds` is 0.
pub fn median_in_turn<const N: usize>(
    rounds: usize,
    arms: [&mut dyn FnMut(); N],
) -> [Duration; N] {
    timed_in_turn(rounds, arms).map(|times| median(&times))
}

fn timed_in_turn<const N: usize>(
    rounds: usize,
    mut arms: [&mut dyn FnMut(); N],
) -> [Vec<Duration>; N] {
    let mut times = [(); N].map(|()| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (arm, times) in arms.iter_mut().zip(&mut times) {
            times.push(time(arm));
        }
    }
    times
}

/// How long `job` takes, once.
pub fn time<T>(job: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let value = job();
    let took = start.elapsed();
    drop(value);
    took
}

/// How long one call of `job` takes, as the average of `calls` calls: for jobs
/// so short that the clock would be measured. `calls` of 0 counts as 1.
pub fn time_each(calls: u32, mut job: impl FnMut()) -> Duration {
    let calls = calls.max(1);
    time(|| (0..calls).for_each(|_| job())) / calls
}

/// The least of some times.
///
/// # Panics
/// If there are none.
pub fn fastest(times: &[Duration]) -> Duration {
    *times.iter().min().expect("at least one round")
}

/// The middle one of some samples, the upper of the two where their number is
/// even.
///
/// # Panics
/// If there are none.
pub fn median<T: Ord + Copy>(samples: &[T]) -> T {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// Two measurements of the same work: the A/A control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    one: Duration,
    again: Duration,
}

impl Control {
    /// The control of two equal arms.
    pub const fn new(one: Duration, again: Duration) -> Self {
        Control { one, again }
    }

    /// The better of the two times: what others are compared with.
    pub fn best(self) -> Duration {
        self.one.min(self.again)
    }

    /// The factor between the two, at least 1. Times are whole nanoseconds, so
    /// 3 and 4 may be the same.
    pub fn noise(self) -> f64 {
        let longer =
            self.one.max(self.again).saturating_sub(Duration::from_nanos(1));
        ratio(longer, self.best()).max(1.0)
    }

    /// How many times as fast as the control another arm was: 2 if it took half
    /// as long.
    pub fn gain(self, took: Duration) -> f64 {
        ratio(self.best(), took)
    }

    /// Why nothing can be said, or `None`: the two equal arms differ by more
    /// than the factor `tolerated`, for instance 1.05.
    pub fn too_busy(self, tolerated: f64) -> Option<String> {
        let noise = self.noise();
        let percent = (noise - 1.0) * 100.0;
        (noise > tolerated).then(|| {
            format!("too busy to tell: two equal arms differ by {percent:.0} %; try a quiet moment")
        })
    }

    /// Another arm's time in words: `1.9× faster`, `3.2× slower`, or `about
    /// equal` if the difference is within the [noise](Self::noise), or below 5
    /// %.
    pub fn compared(self, took: Duration) -> String {
        in_words(self.gain(took), self.noise())
    }
}

/// A gain in words: `1.9× faster`, `3.2× slower`, or `about equal` if the
/// factor is at most `noise`, and always if it is at most 1.05: what rounds to
/// 1.0 is no difference.
pub fn in_words(gain: f64, noise: f64) -> String {
    let (factor, what) =
        if gain < 1.0 { (1.0 / gain, "slower") } else { (gain, "faster") };
    if factor <= noise.max(1.05) {
        "about equal".to_owned()
    } else if factor < 10.0 {
        format!("{factor:.1}× {what}")
    } else {
        format!("{}× {what}", thousands(factor.round() as u64))
    }
}

/// How many times as long as `b` the time `a` is.
pub fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-12)
}

/// A measured time with at least two digits and its unit: `340 ns`, `1.5 µs`,
/// `12 ms`, `1.23 s`.
pub fn human(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    match nanos {
        _ if nanos < 999.5 => format!("{nanos:.0} ns"),
        _ if nanos < 9_950.0 => format!("{:.1} µs", nanos / 1e3),
        _ if nanos < 999_500.0 => format!("{:.0} µs", nanos / 1e3),
        _ if nanos < 9.95e6 => format!("{:.1} ms", nanos / 1e6),
        _ if nanos < 999.5e6 => format!("{:.0} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

/// A number of bytes in the largest unit that leaves at most four digits,
/// without a fraction: `340 B`, `4096 B`, `16 KiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let unit = (0..3).find(|unit| count >> (10 * unit) < 10_000).unwrap_or(3);
    format!("{} {}", count >> (10 * unit), UNITS[unit])
}

/// A number with a comma before every third digit from the right: `1,000,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A table as text: the first column to the left, all others to the right, each
/// as wide as its widest cell, every line indented by two spaces.
///
/// ```
/// let mut table = lessons::measure::Table::new(["way", "time"]);
/// table.row(["one thread", "21 ms"]).row(["Rayon", "11 ms"]);
/// assert_eq!(table.to_string(), "  way          time\n  one thread  21 ms\n  Rayon       11 ms\n");
/// ```
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with these headings; with empty ones it has none.
    pub fn new(headings: [&str; N]) -> Self {
        let mut table = Table { rows: Vec::new() };
        if headings.iter().any(|heading| !heading.is_empty()) {
            table.row(headings);
        }
        table
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: [S; N]) -> &mut Self {
        self.rows.push(cells.map(Into::into));
        self
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; N];
        for (column, width) in widths.iter_mut().enumerate() {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            *width = cells.max().unwrap_or(0);
        }
        for row in &self.rows {
            let mut line = String::from("  ");
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                match column {
                    0 => line.push_str(&format!("{cell:<width$}")),
                    _ => line.push_str(&format!("  {cell:>width$}")),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
