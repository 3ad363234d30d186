//! Serves a site to a browser or a program until Ctrl-C.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, Parser};
use origin::{Builder, Fault, Generator, Origin, Site};

/// Serves a site on loopback, with the latency and the faults of a real one
#[derive(Parser)]
#[command(name = "origin")]
struct Arguments {
    #[command(flatten)]
    pages: Pages,
    /// Start every response this much later, such as 20ms
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    latency: Option<Duration>,
    /// Add up to this much to the latency
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    jitter: Option<Duration>,
    /// Send at most this much a second on each connection, such as 500kB
    #[arg(long, value_name = "BYTES")]
    bandwidth: Option<ByteSize>,
    /// Compress for clients that accept it
    #[arg(long)]
    gzip: bool,
    /// Let this share of all page requests fail, from 0 to 1
    #[arg(long, value_name = "SHARE")]
    fault_rate: Option<f64>,
    /// How they fail: a status, or reset, hang, slow-drip, endless, ...
    #[arg(
        long,
        value_name = "FAULT",
        default_value = "503",
        requires = "fault_rate"
    )]
    fault: Fault,
    /// Generate other pages, and let other requests fail
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// The pages to serve; at most one of these.
#[derive(Args)]
#[group(multiple = false)]
struct Pages {
    /// Serve this folder [default: five books of the Rust documentation]
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Serve these parts of the Rust documentation, such as std,edition-guide
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    docs: Option<Vec<String>>,
    /// Serve all of the Rust documentation: tens of thousands of pages
    #[arg(long)]
    all: bool,
    /// Serve this many generated pages
    #[arg(long, value_name = "PAGES")]
    generated: Option<usize>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let origin = configure(site(arguments)?, arguments).start()?;
    println!("{}", origin.site().describe());
    println!("It is at {}/ until Ctrl-C.", origin.url());
    runtime.block_on(tokio::signal::ctrl_c())?;
    let counts = origin.counts();
    println!(
        "\nServed {} requests on {} connections, at most {} at once.",
        counts.requests, counts.connections, counts.peak_in_flight
    );
    Ok(())
}

fn site(arguments: &Arguments) -> Result<Site, Box<dyn Error>> {
    let Pages { site, docs, all, generated } = &arguments.pages;
    if let Some(folder) = site {
        return Ok(Site::folder(folder)?);
    }
    if *all {
        return Ok(Site::all_rust_docs()?);
    }
    if let Some(folders) = docs {
        return Ok(Site::rust_docs_of(folders)?);
    }
    let seed = arguments.seed.unwrap_or(1);
    Ok(match *generated {
        Some(pages) => {
            Site::generated(Generator { seed, pages, ..Generator::default() })
        }
        None => Site::best(),
    })
}

fn configure(site: Site, arguments: &Arguments) -> Builder {
    let mut builder = Origin::serve(site).gzip(arguments.gzip);
    if let Some(latency) = arguments.latency {
        builder = builder.latency(latency);
    }
    if let Some(jitter) = arguments.jitter {
        builder = builder.jitter(jitter);
    }
    if let Some(bandwidth) = arguments.bandwidth {
        builder = builder.bandwidth(bandwidth.as_u64());
    }
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    if let Some(rate) = arguments.fault_rate {
        builder = builder.fault_rate(rate, arguments.fault.clone());
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_starts_a_server() {
        Arguments::command().debug_assert();
        let line = "origin --generated 5 --latency 1ms --jitter 2ms --bandwidth 1MB --gzip \
                    --fault-rate 0.5 --fault slow-drip --seed 7";
        let arguments = Arguments::parse_from(line.split_whitespace());
        let site = site(&arguments).expect("nothing to read");
        assert_eq!(site.page_count(), 5);
        let origin = configure(site, &arguments).start().expect("loopback");
        let paths = origin.site().paths();
        assert!(
            (0..10)
                .any(|attempt| origin.fault_at(&paths[0], attempt).is_some())
        );
    }

    #[test]
    fn sites_exclude_each_other_and_a_fault_needs_its_rate() {
        for line in [
            "origin --all --generated 5",
            "origin --site . --docs std",
            "origin --fault 500",
        ] {
            assert!(
                Arguments::try_parse_from(line.split_whitespace()).is_err(),
                "{line}"
            );
        }
    }
}
