//! Fetch all pages and index them: the program, and three ways that one may
//! write first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chapter_06_pipeline::pipeline::plan;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::digest::{
    Digest, Extract, Outline, Unreadable, collect,
};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{self, Plan, Progress};
use chapter_06_pipeline::program::source::Source;
use dashmap::DashMap;
use futures::{StreamExt, TryStreamExt, stream};
use rayon::prelude::*;
use reqwest::{Client, Url};
use tokio_util::sync::CancellationToken;

use super::rule::{self, PlainIndex};
use super::{Line, argument, lines, since};

/// The way, the file of URLs, and how many requests at once.
pub(super) fn run(arguments: &[String]) -> Line {
    let (way, urls) = (
        argument::<String>(arguments, 0)?,
        lines(&argument::<String>(arguments, 1)?)?,
    );
    let at_once = argument(arguments, 2)?;
    let runtime = run::runtime()?;
    let start = Instant::now();
    match way.as_str() {
        "ours" => ours(&runtime, urls, at_once, start),
        "serial" => runtime.block_on(serial(urls, start)),
        "stages" => stages(&runtime, urls, at_once, start),
        _ => shared_map(&runtime, urls, at_once, start),
    }
}

/// The program of chapter 6. Its rule for words is exchanged for the one that
/// all arms share.
fn ours(
    runtime: &tokio::runtime::Runtime,
    urls: Vec<String>,
    at_once: usize,
    start: Instant,
) -> Line {
    let sources = urls
        .iter()
        .map(|url| Url::parse(url).map(Source::Url))
        .collect::<Result<_, _>>()?;
    let plan = Plan { digest: by_rule, ..plan(Concurrency::Fixed(at_once)) };
    let (stop, progress) =
        (CancellationToken::new(), Arc::new(Progress::default()));
    let (index, report) =
        runtime.block_on(run::run(plan, sources, stop, progress))?;
    let took = since(start);
    if report.documents != urls.len() {
        return Err(format!(
            "{} of {} documents",
            report.documents,
            urls.len()
        )
        .into());
    }
    Ok(format!("seconds={took} result={}", index_result(&index)))
}

fn index_result(index: &Index) -> String {
    // Its documents are in order of URL, as the URLs are.
    let lengths: Vec<u64> =
        index.documents().iter().map(|it| u64::from(it.words)).collect();
    rule::result(index.top(usize::MAX).into_iter(), &lengths)
}

fn by_rule(body: &Body, _: Extract) -> Result<Digest, Unreadable> {
    Ok(digest_by_rule(&body.bytes))
}

/// A page's digest, by the rule that all arms share.
pub(super) fn digest_by_rule(html: &[u8]) -> Digest {
    collect(String::new(), rule::words(html), Outline::default())
}

pub(super) async fn get(
    client: &Client,
    url: &str,
) -> Result<bytes::Bytes, reqwest::Error> {
    client.get(url).send().await?.error_for_status()?.bytes().await
}

pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder().timeout(Duration::from_secs(20)).no_proxy().build()
}

/// One page after another: fetch it, add it, go on.
async fn serial(urls: Vec<String>, start: Instant) -> Line {
    let (client, mut index) = (client()?, PlainIndex::new(urls.len()));
    for (nth, url) in urls.iter().enumerate() {
        let page = get(&client, url).await?;
        index.add(nth, &rule::words(&page));
    }
    Ok(format!("seconds={} result={}", since(start), index.result()))
}

/// First all requests, then all computing: no stage works while the other one
/// does.
fn stages(
    runtime: &tokio::runtime::Runtime,
    urls: Vec<String>,
    at_once: usize,
    start: Instant,
) -> Line {
    let client = client()?;
    let fetches = urls.iter().map(|url| get(&client, url));
    let all = stream::iter(fetches).buffered(at_once).try_collect::<Vec<_>>();
    let pages = runtime.block_on(all)?;
    let fold = |mut index: PlainIndex, (nth, page): (usize, &bytes::Bytes)| {
        index.add(nth, &rule::words(page));
        index
    };
    let index = pages
        .par_iter()
        .enumerate()
        .fold(|| PlainIndex::new(pages.len()), fold)
        .reduce(|| PlainIndex::new(pages.len()), merge);
    Ok(format!("seconds={} result={}", since(start), index.result()))
}

/// The smaller index goes into the larger one.
fn merge(mut a: PlainIndex, mut b: PlainIndex) -> PlainIndex {
    if a.terms.len() < b.terms.len() {
        std::mem::swap(&mut a, &mut b);
    }
    for (word, mut list) in b.terms {
        a.terms.entry(word).or_default().append(&mut list);
    }
    a.lengths.iter_mut().zip(b.lengths).for_each(|(a, b)| *a += b);
    a
}

/// Each page goes to Rayon as it comes, and each of its words to a shared map
/// by itself.
fn shared_map(
    runtime: &tokio::runtime::Runtime,
    urls: Vec<String>,
    at_once: usize,
    start: Instant,
) -> Line {
    let client = client()?;
    let terms: Arc<DashMap<String, Vec<(u32, u32)>>> = Arc::default();
    let lengths: Arc<Vec<AtomicU64>> =
        Arc::new(urls.iter().map(|_| AtomicU64::new(0)).collect());
    let documents = urls.iter().enumerate().map(|(nth, url)| {
        let (client, terms, lengths) =
            (client.clone(), Arc::clone(&terms), Arc::clone(&lengths));
        async move {
            let page = get(&client, url).await?;
            let (done, ended) = tokio::sync::oneshot::channel();
            rayon::spawn(move || {
                let (words, mut count) = (rule::words(&page), 0);
                for word in words.split_ascii_whitespace() {
                    terms
                        .entry(word.to_owned())
                        .or_default()
                        .push((nth as u32, count));
                    count += 1;
                }
                lengths[nth].store(u64::from(count), Ordering::Relaxed);
                let _ = done.send(());
            });
            ended.await.expect("the job sends before it ends");
            Ok::<(), reqwest::Error>(())
        }
    });
    runtime.block_on(
        stream::iter(documents).buffer_unordered(at_once).try_collect::<()>(),
    )?;
    let took = since(start);
    let lengths: Vec<u64> =
        lengths.iter().map(|it| it.load(Ordering::Relaxed)).collect();
    let counts: Vec<(String, u64)> = terms
        .iter()
        .map(|it| (it.key().clone(), it.value().len() as u64))
        .collect();
    let counts = counts.iter().map(|(word, count)| (word.as_str(), *count));
    Ok(format!("seconds={took} result={}", rule::result(counts, &lengths)))
}
