//! The memory that the program takes beside its index: the same for ten
//! thousand pages and for two hundred thousand, and for bodies without an end.
//!
//! Every row is a process of its own, because a process does not give memory
//! back. It reads its largest resident size from `/proc`, so this works on
//! Linux only. Half of the rows leave out the words: what they take is what the
//! list of sources and the names of the documents take, and the part that a run
//! needs whatever its length.

use std::env;
use std::error::Error;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use bytesize::ByteSize;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::digest::{
    Digest, Extract, Outline, Unreadable, collect, digest_body,
};
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{self, Plan, Progress};
use chapter_06_pipeline::program::source::Source;
use origin::{Fault, Generator, Origin, Site};
use reqwest::Url;
use tokio_util::sync::CancellationToken;

const IN_FLIGHT: usize = 64;
const CAP: u64 = 256 << 10;
const ENDLESS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    if let [_, child, base, pages, words] = &arguments[..]
        && child == "--child"
    {
        return measure(base, pages.parse()?, words == "words");
    }
    println!(
        "{IN_FLIGHT} documents in flight, bodies of at most {} each",
        size(CAP)
    );
    println!(
        "\n{:30} {:>9} {:>10} {:>9} {:>10}",
        "", "at most", "list of", "", "what is"
    );
    println!(
        "{:30} {:>9} {:>10} {:>9} {:>10}",
        "generated pages", "resident", "sources", "index", "left"
    );
    for words in [false, true] {
        for pages in [10_000, 50_000, 200_000] {
            row(pages, 0, words)?;
        }
        row(10_000, ENDLESS, words)?;
    }
    Ok(())
}

fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec_short().to_string()
}

fn row(
    pages: usize,
    endless: usize,
    words: bool,
) -> Result<(), Box<dyn Error>> {
    let generator =
        Generator { pages, words_per_page: 150, ..Generator::default() };
    let mut origin = Origin::serve(Site::generated(generator));
    for page in 0..endless {
        origin = origin
            .fault(&generator.path(page * (pages / endless)), Fault::Endless);
    }
    let origin = origin.start()?;
    let child = Command::new(env::current_exe()?)
        .args([
            "--child",
            &origin.url(),
            &pages.to_string(),
            if words { "words" } else { "no" },
        ])
        .output()?;
    if !child.status.success() {
        return Err(String::from_utf8_lossy(&child.stderr).into());
    }
    let endless = if endless > 0 {
        format!(", {endless} endless")
    } else {
        String::new()
    };
    let kind = if words { "" } else { ", no words" };
    let name = format!("{pages}{endless}{kind}");
    println!("{name:30} {}", String::from_utf8(child.stdout)?.trim_end());
    Ok(())
}

/// Everything that a digest takes while it is made, and then nothing to keep.
fn forget(body: &Body, extract: Extract) -> Result<Digest, Unreadable> {
    digest_body(body, extract)
        .map(|_| collect(String::new(), String::new(), Outline::default()))
}

/// One run, in a process of its own.
fn measure(
    base: &str,
    pages: usize,
    words: bool,
) -> Result<(), Box<dyn Error>> {
    let site = Generator { pages, ..Generator::default() };
    let page =
        |page| Ok(Source::Url(Url::parse(base)?.join(&site.path(page))?));
    let before = resident("VmRSS:")?;
    let sources: Vec<Source> =
        (0..pages).map(page).collect::<Result<_, Box<dyn Error>>>()?;
    let list = resident("VmRSS:")?.saturating_sub(before);

    let mut plan = Plan {
        concurrency: Concurrency::Fixed(IN_FLIGHT),
        per_host: IN_FLIGHT,
        digest: if words { digest_body } else { forget },
        ..Plan::default()
    };
    plan.fetch.max_body = CAP;
    let progress = Arc::new(Progress::default());
    let (index, report) = run::runtime()?.block_on(run::run(
        plan,
        sources,
        CancellationToken::new(),
        progress,
    ))?;
    assert_eq!(report.documents + report.failed, pages);
    assert!(
        report.failures.iter().all(|failure| failure.kind == Kind::TooLarge),
        "those are endless"
    );
    let most = resident("VmHWM:")?;
    let index = index.memory();
    let left = most.saturating_sub(list + index);
    println!(
        "{:>9} {:>10} {:>9} {:>10}",
        size(most),
        size(list),
        size(index),
        size(left)
    );
    Ok(())
}

/// Memory that this process has (`VmRSS:`), or the most that it had (`VmHWM:`).
fn resident(which: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(which));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kibibytes.ok_or("the system does not say")?.parse::<u64>()? << 10)
}
