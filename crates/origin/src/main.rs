//! Serves a site to a browser or a program until Ctrl-C.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use bytesize::ByteSize;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use origin::{Builder, Fault, Generator, Origin, Site};

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
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

fn site(arguments: &ArgMatches) -> Result<Site, Box<dyn Error>> {
    if let Some(folder) = arguments.get_one::<PathBuf>("site") {
        return Ok(Site::folder(folder)?);
    }
    if arguments.get_flag("all") {
        return Ok(Site::all_rust_docs()?);
    }
    if let Some(folders) = arguments.get_many::<String>("docs") {
        return Ok(Site::rust_docs_of(&folders.collect::<Vec<_>>())?);
    }
    let seed = arguments.get_one("seed").copied().unwrap_or(1);
    Ok(match arguments.get_one("generated") {
        Some(&pages) => Site::generated(Generator { seed, pages, ..Generator::default() }),
        None => Site::best(),
    })
}

fn configure(site: Site, arguments: &ArgMatches) -> Builder {
    let mut builder = Origin::serve(site).gzip(arguments.get_flag("gzip"));
    if let Some(&latency) = arguments.get_one("latency") {
        builder = builder.latency(latency);
    }
    if let Some(&jitter) = arguments.get_one("jitter") {
        builder = builder.jitter(jitter);
    }
    if let Some(bandwidth) = arguments.get_one::<ByteSize>("bandwidth") {
        builder = builder.bandwidth(bandwidth.as_u64());
    }
    if let Some(&seed) = arguments.get_one("seed") {
        builder = builder.seed(seed);
    }
    if let (Some(&rate), Some(fault)) =
        (arguments.get_one("fault-rate"), arguments.get_one::<Fault>("fault"))
    {
        builder = builder.fault_rate(rate, fault.clone());
    }
    builder
}

fn command() -> Command {
    Command::new("origin")
        .about("Serves a site on loopback, with the latency and the faults of a real one")
        .group(ArgGroup::new("pages").args(["site", "docs", "all", "generated"]))
        .args([
            Arg::new("site")
                .long("site")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Serve this folder [default: five books of the Rust documentation]"),
            Arg::new("docs")
                .long("docs")
                .value_name("LIST")
                .value_delimiter(',')
                .help("Serve these parts of the Rust documentation, such as std,edition-guide"),
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .help("Serve all of the Rust documentation: tens of thousands of pages"),
            Arg::new("generated")
                .long("generated")
                .value_name("PAGES")
                .value_parser(value_parser!(usize))
                .help("Serve this many generated pages"),
            Arg::new("latency")
                .long("latency")
                .value_name("TIME")
                .value_parser(humantime::parse_duration)
                .help("Start every response this much later, such as 20ms"),
            Arg::new("jitter")
                .long("jitter")
                .value_name("TIME")
                .value_parser(humantime::parse_duration)
                .help("Add up to this much to the latency"),
            Arg::new("bandwidth")
                .long("bandwidth")
                .value_name("BYTES")
                .value_parser(value_parser!(ByteSize))
                .help("Send at most this much a second on each connection, such as 500kB"),
            Arg::new("gzip")
                .long("gzip")
                .action(ArgAction::SetTrue)
                .help("Compress for clients that accept it"),
            Arg::new("fault-rate")
                .long("fault-rate")
                .value_name("SHARE")
                .value_parser(value_parser!(f64))
                .help("Let this share of all page requests fail, from 0 to 1"),
            Arg::new("fault")
                .long("fault")
                .value_name("FAULT")
                .value_parser(value_parser!(Fault))
                .default_value("503")
                .requires("fault-rate")
                .help("How they fail: a status, or reset, hang, slow-drip, endless, ..."),
            Arg::new("seed")
                .long("seed")
                .value_name("NUMBER")
                .value_parser(value_parser!(u64))
                .help("Generate other pages, and let other requests fail"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_starts_a_server() {
        command().debug_assert();
        let line = "origin --generated 5 --latency 1ms --jitter 2ms --bandwidth 1MB --gzip \
                    --fault-rate 0.5 --fault slow-drip --seed 7";
        let arguments = command().get_matches_from(line.split_whitespace());
        let site = site(&arguments).expect("nothing to read");
        assert_eq!(site.page_count(), 5);
        let origin = configure(site, &arguments).start().expect("loopback");
        let paths = origin.site().paths();
        assert!((0..10).any(|attempt| origin.fault_at(&paths[0], attempt).is_some()));
    }
}
