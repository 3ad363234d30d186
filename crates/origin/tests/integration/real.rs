//! Real pages, and a real client.

use std::sync::Once;
use std::time::Duration;

use origin::{Fault, Generator, Origin, Site, SiteError};

use crate::raw::{PATIENCE, get};

fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider()
            .install_default()
            .expect("the first");
    });
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .expect("a client")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn the_rust_documentation_is_served_or_its_absence_is_an_error() {
    let site = match Site::rust_docs() {
        Ok(site) => site,
        Err(error) => {
            let absent = matches!(
                error,
                SiteError::NoRustDocs { .. } | SiteError::NoToolchain { .. }
            );
            assert!(absent, "{error:?}");
            return;
        }
    };
    let paths = site.paths();
    assert_eq!(paths.len(), site.page_count());
    assert!(paths.len() > 1_000, "{}", paths.len());
    for folder in origin::DEFAULT_RUST_DOCS {
        let index = format!("/{folder}/index.html");
        assert!(paths.binary_search(&index).is_ok(), "{index}");
    }
    assert!(!paths.iter().any(|path| path.starts_with("/std/")));
    let origin = Origin::serve(site).gzip(true).start().expect("loopback");
    assert!(
        get(&origin, "/book/").text().contains("The Rust Programming Language")
    );
    assert!(get(&origin, "/").text().contains("href=\"/nomicon/index.html\""));

    let error =
        Site::rust_docs_of(&["../html/book"]).expect_err("not a folder's name");
    assert!(matches!(error, SiteError::NoFolder { .. }), "{error:?}");
    let error = Site::rust_docs_of(&["no-such-book"]).expect_err("not there");
    assert!(matches!(error, SiteError::NoFolder { .. }), "{error:?}");
    let standard =
        Site::rust_docs_of(&["proc_macro"]).expect("installed with the others");
    assert!(standard.page("/proc_macro/index.html").is_some());
}

#[test]
fn there_is_always_a_best_site_and_it_says_what_it_is() {
    let best = Site::best();
    assert!(best.page_count() >= 1_000);
    let sentence = best.describe();
    assert!(
        sentence.starts_with("The Rust documentation")
            || sentence.contains("generated site"),
        "{sentence}"
    );
    assert!(
        sentence.contains(" pages") && sentence.ends_with("MiB."),
        "{sentence}"
    );
}

#[test]
fn a_generated_site_describes_itself() {
    let site =
        Site::generated(Generator { pages: 1_234_567, ..Generator::default() });
    assert!(
        site.describe().starts_with(
            "A generated site with seed 1: 1,234,567 pages of 600 words, about "
        ),
        "{}",
        site.describe()
    );
    let small =
        Site::generated(Generator { pages: 10, ..Generator::default() });
    let bytes: usize = small
        .paths()
        .iter()
        .filter_map(|path| small.page(path))
        .map(|page| page.len())
        .sum();
    assert_eq!(small.page_bytes(), bytes as u64);
}

#[test]
fn a_real_client_reads_compressed_pages_over_few_connections() {
    let site =
        Site::generated(Generator { pages: 100, ..Generator::default() });
    let latency = Duration::from_millis(1);
    let origin = Origin::serve(site.clone())
        .gzip(true)
        .latency(latency)
        .start()
        .expect("loopback");
    block_on(async {
        let client = client();
        for path in site.paths() {
            let text = client
                .get(origin.url_of(&path))
                .send()
                .await
                .expect("a response");
            let text = text.text().await.expect("a body");
            assert_eq!(Some(text.as_bytes()), site.page(&path).as_deref());
        }
    });
    let counts = origin.counts();
    assert_eq!((counts.requests, counts.connections), (100, 1));
    let compressed = counts.bytes as f64 / site.page_bytes() as f64;
    assert!(compressed < 0.7, "to {compressed:.2} of the size");
}

/// A real client's answer to each fault, in a word.
#[test]
fn a_real_client_meets_every_fault() {
    let faults = Fault::samples();
    let paths: Vec<String> =
        faults.iter().map(|(name, _)| format!("/{name}.html")).collect();
    let site =
        Site::pages(paths.iter().map(|path| (path, "<p>page</p>".repeat(200))));
    let mut builder = Origin::serve(site);
    for (path, (_, fault)) in paths.iter().zip(&faults) {
        let fault = match fault {
            // Of a size that is quickly inflated without optimization.
            Fault::GzipBomb { .. } => Fault::GzipBomb { size: 10_000_000 },
            fault => fault.clone(),
        };
        builder = builder.fault(path, fault);
    }
    let origin = builder.start().expect("loopback");
    let outcomes: Vec<String> = block_on(async {
        let client = client();
        let mut outcomes = Vec::new();
        for ((name, fault), path) in faults.iter().zip(&paths) {
            if matches!(fault, Fault::Hang | Fault::Endless) {
                continue;
            }
            let outcome = match client.get(origin.url_of(path)).send().await {
                Err(error) if error.is_redirect() => {
                    "too many redirects".to_owned()
                }
                Err(error) if error.is_builder() => {
                    "not an address of the web".to_owned()
                }
                Err(error) => format!("error {error:?}"),
                Ok(response) => {
                    let status = response.status().as_u16();
                    match response.bytes().await {
                        Ok(body) if status == 200 => {
                            format!("{} bytes", body.len())
                        }
                        Ok(_) => status.to_string(),
                        Err(error) if error.is_decode() => {
                            format!("{status}, then broken off")
                        }
                        Err(error) => format!("{status}, then {error:?}"),
                    }
                }
            };
            outcomes.push(format!("{name}: {outcome}"));
        }
        outcomes
    });
    let front = get(&origin, "/").body.len();
    assert_eq!(
        outcomes,
        [
            "404: 404",
            "500: 500",
            "503: 503",
            "503-date: 503",
            &format!("redirect: {front} bytes"),
            "redirect-chain: 2200 bytes",
            "redirect-loop: too many redirects",
            "redirect-ftp: not an address of the web",
            "reset: 200, then broken off",
            "slow-drip: 2200 bytes",
            "short-body: 200, then broken off",
            "gzip-bomb: 10000000 bytes",
            "wrong-charset: 2233 bytes",
            "latin-1: 2200 bytes",
            "windows-1252: 2200 bytes",
            "utf-16le: 4400 bytes",
            "utf-16be: 4400 bytes",
            "not-html: 4096 bytes",
            "empty: 0 bytes",
            "500-once: 500",
        ]
    );
}
