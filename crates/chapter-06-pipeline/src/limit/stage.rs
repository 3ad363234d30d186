//! Clocks, the pages from memory, and the figures that are printed.

use std::time::{Duration, Instant};

use lessons::measure::{Control, Table};
use origin::Origin;

use super::Times;
use crate::program::run::Plan;

/// One run of an arm. The order of two is that of their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// From its start to its end.
    pub time: Duration,
    /// Processor time of the whole process meanwhile.
    pub processor: Option<Duration>,
    /// The server's part of it.
    pub server: Option<Duration>,
}

/// Runs an arm and returns what it returned, with its cost.
pub(super) fn cost<T>(origin: &Origin, run: impl FnOnce() -> T) -> (Cost, T) {
    let since = |after: Option<Duration>, before: Option<Duration>| {
        after.zip(before).map(|(after, before)| after.saturating_sub(before))
    };
    let (processor, server, start) =
        (process_time(), origin.cpu_time(), Instant::now());
    let returned = run();
    let time = start.elapsed();
    let processor = since(process_time(), processor);
    let server = since(origin.cpu_time(), server);
    (Cost { time, processor, server }, returned)
}

/// Processor time of all threads of this process so far.
pub fn process_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time =
            rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.try_into().ok()
    }
    #[cfg(not(unix))]
    None
}

/// All pages of a server from memory: URL and body.
pub(super) fn pages(origin: &Origin) -> Vec<(String, bytes::Bytes)> {
    let site = origin.site();
    let page = |path: String| Some((origin.url_of(&path), site.page(&path)?));
    site.paths().into_iter().filter_map(page).collect()
}

/// Prints the times, and what they say.
pub(super) fn print(times: &Times) {
    let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    let (threads, [one, again]) = (Plan::default().threads, times.program);
    let mut table = Table::new(["", ""]);
    table.row([
        format!("compute alone (from memory, {threads} threads)"),
        ms(times.compute),
    ]);
    table.row(["fetch alone (bodies thrown away)".to_owned(), ms(times.fetch)]);
    table.row(["the program".to_owned(), ms(one)]);
    table.row(["the program again (control)".to_owned(), ms(again)]);
    if let (Some(processor), Some(server)) =
        (times.run.processor, times.run.server)
    {
        table.row([
            "processor time of the program's run".to_owned(),
            ms(processor),
        ]);
        table.row(["the server's part of it".to_owned(), ms(server)]);
    }
    let control = Control::new(one, again);
    print!(
        "{table}\nE = the larger floor / the program = {:.2}\n",
        times.overlap()
    );
    match control.too_busy(1.05) {
        Some(reason) => println!("{reason}"),
        None => println!(
            "the two equal arms differ by {:.1} %",
            (control.noise() - 1.0) * 100.0
        ),
    }
}
