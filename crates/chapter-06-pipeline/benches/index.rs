//! From pages in memory to a finished index: what each part of the work costs,
//! and what was tried to make it cost less. Then the same for counting alone.
//!
//! The arms of a table run in turn, several rounds; the least time of each
//! counts. One arm stands in each table twice: where its two times differ by
//! more than 5 %, the machine is too busy for the others to mean much.

use std::collections::HashMap;
use std::error::Error;
use std::hash::{BuildHasher, RandomState as SipHash};
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chapter_06_pipeline::limit::from_memory;
use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::html;
use chapter_06_pipeline::program::digest::words::words;
use chapter_06_pipeline::program::digest::{Outline, collect, digest};
use chapter_06_pipeline::program::index::{Builder, Index};
use chapter_06_pipeline::program::run::Plan;
use chapter_06_pipeline::program::run::bridge::Bridge;
use compact_str::CompactString;
use dashmap::DashMap;
use foldhash::fast::RandomState as FoldHash;
use origin::Site;
use rayon::ThreadPool;
use rayon::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

const ROUNDS: usize = 9;

type Pages = [(String, Bytes)];
type Arm<'a> = (&'a str, &'a (dyn Fn() + Sync));

fn main() -> Result<(), Box<dyn Error>> {
    let site = Site::best().preload()?;
    let page = |path: String| Some((path.clone(), site.page(&path)?));
    let pages: Vec<(String, Bytes)> =
        site.paths().into_iter().filter_map(page).collect();
    let bridge = Bridge::new(Plan::default().threads)?;
    let pool = bridge.pool();
    println!("{}", site.describe());

    let read = || {
        each(&pages, |page| html::read(text(page)).map(|page| page.text.len()))
    };
    table(
        pool,
        "the parts of the work",
        &[
            ("the parser alone finds the text", &read),
            ("and its words are found", &|| {
                each(&pages, |page| words(&read_text(page)).count())
            }),
            ("the digest", &|| {
                each(&pages, |page| {
                    digest(page, MediaType::Html, Some("utf-8"))
                })
            }),
            ("the digest, and the finished index", &|| {
                done(from_memory(&bridge, &pages))
            }),
            ("the parser alone, again", &read),
        ],
    );

    let whole = || done(from_memory(&bridge, &pages));
    table(
        pool,
        "from HTML to the index: what was tried",
        &[
            ("the plainest maps and the Unicode tables", &|| {
                simple::<SipHash>(&pages, by_tables)
            }),
            ("words by a loop over bytes", &|| {
                simple::<SipHash>(&pages, by_bytes)
            }),
            ("a faster hash", &|| simple::<FoldHash>(&pages, by_bytes)),
            ("the program", &whole),
            ("the program, again", &whole),
        ],
    );

    let texts: Vec<String> =
        pages.par_iter().map(|(_, page)| read_text(page)).collect();
    let per_thread = || count_per_thread(&texts);
    let serial = pool_of(1)?;
    let on_one: [Arm<'_>; 2] = [
        ("one thread: words, lowercase", &|| floor(&texts)),
        ("one thread: one map", &per_thread),
    ];
    let on_all: [Arm<'_>; 6] = [
        ("all threads: words, lowercase", &|| floor(&texts)),
        ("all threads: a shared map, by word", &|| count_by_word(&texts)),
        ("all threads: a shared map, by document", &|| {
            count_by_document(&texts)
        }),
        ("all threads: a map each, then one", &per_thread),
        ("all threads: the positional index", &|| done(positional(&texts))),
        ("all threads: a map each, again", &per_thread),
    ];
    let arms = on_one.iter().map(|arm| (&serial, *arm));
    let arms: Vec<_> =
        arms.chain(on_all.iter().map(|arm| (pool, *arm))).collect();
    let times = measure(&arms);
    println!(
        "\ncounting the words of the texts, {} threads",
        pool.current_num_threads()
    );
    println!("{:42} {:>9}  of one map  of the floor", "", "");
    let floor_of = |nth: usize| {
        if nth < on_one.len() { times[0] } else { times[on_one.len()] }
    };
    for (nth, ((_, (name, _)), time)) in arms.iter().zip(&times).enumerate() {
        let time = time.as_secs_f64();
        println!(
            "{name:42} {:>6.1} ms {:>8.2} x {:>9.2} x",
            time * 1e3,
            times[1].as_secs_f64() / time,
            time / floor_of(nth).as_secs_f64()
        );
    }
    on_disk(&from_memory(&bridge, &pages))
}

/// The size of the index as a file, and the time to load it.
fn on_disk(index: &Index) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("docs.overlap");
    let bytes = index.save(&path)?;
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let loaded = Index::load(&path)?;
        least = least.min(start.elapsed());
        assert!(loaded == *index, "what was saved is loaded");
    }
    let postings = index.words() as f64;
    println!("\nthe index as a file");
    println!(
        "{:42} {:>6.1} MiB",
        "texts, names, terms and lists",
        bytes as f64 / 1048576.0
    );
    println!("{:42} {:>6.2} M", "postings", postings / 1e6);
    println!(
        "{:42} {:>6.2} bytes",
        "the lists, per posting",
        index.postings_bytes() as f64 / postings
    );
    println!(
        "{:42} {:>6.2} bytes",
        "the file, per posting",
        bytes as f64 / postings
    );
    println!(
        "{:42} {:>6.1} ms",
        "loaded and checked in",
        least.as_secs_f64() * 1e3
    );
    Ok(())
}

fn pool_of(threads: usize) -> Result<ThreadPool, Box<dyn Error>> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)
}

/// The least time of each arm.
fn measure(arms: &[(&ThreadPool, Arm<'_>)]) -> Vec<Duration> {
    let mut least = vec![Duration::MAX; arms.len()];
    for _ in 0..ROUNDS {
        for ((pool, (_, arm)), least) in arms.iter().zip(&mut least) {
            let start = Instant::now();
            pool.install(arm);
            *least = start.elapsed().min(*least);
        }
    }
    least
}

fn table(pool: &ThreadPool, title: &str, arms: &[Arm<'_>]) {
    let arms: Vec<_> = arms.iter().map(|arm| (pool, *arm)).collect();
    let times = measure(&arms);
    println!("\n{title}, {} threads", pool.current_num_threads());
    for ((_, (name, _)), time) in arms.iter().zip(&times) {
        let share = time.as_secs_f64() / times[0].as_secs_f64();
        println!(
            "{name:42} {:>6.1} ms {share:>8.2} x",
            time.as_secs_f64() * 1e3
        );
    }
}

fn each<T>(pages: &Pages, work: impl Fn(&Bytes) -> T + Sync) {
    pages.par_iter().for_each(|(_, page)| drop(black_box(work(page))));
}

fn done<T>(result: T) {
    drop(black_box(result));
}

fn text(page: &Bytes) -> &str {
    std::str::from_utf8(page).expect("the documentation is UTF-8")
}

fn read_text(page: &Bytes) -> String {
    html::read(text(page)).expect("it is not deep").text
}

type Note<'a> = &'a mut dyn FnMut(String);

fn by_tables(text: &str, note: Note<'_>) {
    text.unicode_words().for_each(|word| note(word.to_lowercase()));
}

fn by_bytes(text: &str, note: Note<'_>) {
    let mut buffer = String::new();
    words(text).for_each(|word| note(word.fold(&mut buffer).to_owned()));
}

/// An index as one would write it first: a map for each document, and for each
/// of its terms one step on the shared map. It is not saved, ranked or
/// compressed.
fn simple<S: BuildHasher + Clone + Default + Send + Sync>(
    pages: &Pages,
    find: fn(&str, Note<'_>),
) {
    let shared: DashMap<String, Vec<(u32, Vec<u32>)>, S> = DashMap::default();
    let next = AtomicU32::new(0);
    let texts: Vec<String> = pages
        .par_iter()
        .map(|(_, page)| {
            let text = read_text(page);
            let mut terms: HashMap<String, Vec<u32>, S> = HashMap::default();
            let mut position = 0;
            find(&text, &mut |word| {
                terms.entry(word).or_default().push(position);
                position += 1;
            });
            let document = next.fetch_add(1, Ordering::Relaxed);
            for (term, positions) in terms {
                shared.entry(term).or_default().push((document, positions));
            }
            text
        })
        .collect();
    let mut terms: Vec<_> = shared.into_iter().collect();
    terms.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    terms.par_iter_mut().for_each(|(_, list)| {
        list.sort_unstable_by_key(|(document, _)| *document)
    });
    done((terms, texts));
}

fn floor(texts: &[String]) {
    texts.par_iter().for_each_init(String::new, |buffer, text| {
        done(words(text).map(|word| word.fold(buffer).len()).sum::<usize>());
    });
}

type Counts = HashMap<CompactString, u64, FoldHash>;

/// Adds up the words of a text.
fn count(counts: &mut Counts, buffer: &mut String, text: &str) {
    for word in words(text) {
        let word = word.fold(buffer);
        match counts.get_mut(word) {
            Some(count) => *count += 1,
            None => drop(counts.insert(word.into(), 1)),
        }
    }
}

fn merge(mut a: Counts, mut b: Counts) -> Counts {
    if a.len() < b.len() {
        std::mem::swap(&mut a, &mut b);
    }
    for (word, count) in b {
        *a.entry(word).or_default() += count;
    }
    a
}

/// One map for each thread, however often Rayon splits the work.
fn count_per_thread(texts: &[String]) {
    let maps = thread_local::ThreadLocal::new();
    texts.par_iter().for_each(|text| {
        let map = maps.get_or(|| {
            std::cell::RefCell::new((Counts::default(), String::new()))
        });
        let (counts, buffer) = &mut *map.borrow_mut();
        count(counts, buffer, text);
    });
    done(maps.into_iter().map(|map| map.into_inner().0).reduce(merge));
}

fn count_by_document(texts: &[String]) {
    let shared: DashMap<CompactString, u64, FoldHash> = DashMap::default();
    texts.par_iter().for_each(|text| {
        let mut counts = Counts::default();
        count(&mut counts, &mut String::new(), text);
        for (word, count) in counts {
            match shared.get_mut(&word) {
                Some(mut sum) => *sum += count,
                None => *shared.entry(word).or_default() += count,
            };
        }
    });
    done(shared);
}

fn count_by_word(texts: &[String]) {
    let shared: DashMap<CompactString, u64, FoldHash> = DashMap::default();
    texts.par_iter().for_each_init(String::new, |buffer, text| {
        for word in words(text) {
            let word = word.fold(buffer);
            if let Some(mut sum) = shared.get_mut(word) {
                *sum += 1;
                continue;
            }
            *shared.entry(word.into()).or_default() += 1;
        }
    });
    done(shared);
}

fn positional(texts: &[String]) -> Index {
    let builder = Builder::new();
    texts.par_iter().enumerate().for_each(|(nth, text)| {
        builder.add(
            &nth.to_string(),
            0,
            collect(String::new(), text.clone(), Outline::default()),
        );
    });
    builder.finish()
}
