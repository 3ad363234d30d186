use super::*;
use crate::program::body::{Body, MediaType};
use crate::program::fetch::{self, Fetcher};
use crate::program::run::Plan;
use origin::{Generator, Origin, Site};
use timeline::Recording;
use tokio::runtime::Builder;
use tokio::time::timeout;
use witness::{PATIENT, Rendezvous, within};

/// A server whose page `/last` arrives only while another page is being
/// digested.
struct LastWaits(Rendezvous);

impl Transport for LastWaits {
    async fn get(&self, source: &Source) -> Result<Response, fetch::Error> {
        let url = source.to_string();
        if url.ends_with("/last") {
            self.0.meet_async().await;
        }
        let body = Body {
            bytes: url.into_bytes(),
            media_type: MediaType::Plain,
            ..Body::default()
        };
        Ok(Response::Body(body))
    }

    fn connections(&self) -> u64 {
        0
    }
}

fn pages(urls: &[&str]) -> Vec<Source> {
    urls.iter().map(|url| Source::Url(url.parse().expect("a URL"))).collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("it takes no thread").block_on(future)
}

/// Stages in which the digest of `/first` waits for the fetch of `/last`.
fn meeting() -> Stages<LastWaits, impl Fn(&Page) -> u64 + Clone + Send + 'static>
{
    let both = Rendezvous::new(2);
    let there = both.clone();
    let digest = move |page: &Page| match page.url.ends_with("/first") {
        true => u64::from(there.meet(PATIENT / 2).is_ok()),
        false => 10,
    };
    let bridge = Bridge::new(2).expect("two threads");
    Stages {
        transport: LastWaits(both),
        bridge,
        digest,
        memory: Memory::default(),
    }
}

#[test]
fn only_streamed_can_digest_one_page_while_it_fetches_another() {
    within(PATIENT, || {
        let sources =
            pages(&["http://meet.test/first", "http://meet.test/last"]);
        let met = block_on(streamed(&meeting(), &sources, 2));
        assert_eq!(met.expect("both pages come"), 11);
        // However long it takes: nothing is digested before the last page is
        // there.
        let stages = meeting();
        let staged = async {
            timeout(Duration::from_millis(30), staged(&stages, &sources, 2))
                .await
                .is_err()
        };
        assert!(block_on(staged));
    });
}

fn made_up()
-> (Origin, Stages<Fetcher, impl Fn(&Page) -> u64 + Clone + Send + 'static>) {
    let generator =
        Generator { pages: 24, words_per_page: 200, ..Generator::default() };
    let origin =
        Origin::serve(Site::generated(generator)).start().expect("a free port");
    let plan = Plan::default();
    let transport = Fetcher::new(&plan.fetch).expect("a client");
    let bridge = Bridge::new(2).expect("two threads");
    (
        origin,
        Stages { transport, bridge, digest: words, memory: Memory::default() },
    )
}

/// The recorded overlap of pages from this origin: other tests fetch and
/// digest, too.
fn overlap_of(recording: &Recording, origin: &Origin) -> Duration {
    let ours = |row: &&Row| row.fields.contains(&origin.url());
    let (fetches, digests) =
        (recording.named("fetch"), recording.named("digest"));
    assert_eq!(fetches.filter(ours).count(), 24);
    overlap(recording.named("fetch").filter(ours), digests.filter(ours))
}

#[test]
fn the_timeline_sees_no_overlap_when_staged() {
    let (recording, origin) = within(PATIENT, || {
        let (origin, stages) = made_up();
        let sources = sources(&origin).expect("its URLs are valid");
        let timeline = timeline::timeline("test");
        block_on(staged(&stages, &sources, 4))
            .expect("nothing fails on loopback");
        (timeline.finish(), origin)
    });
    assert_eq!(overlap_of(&recording, &origin), Duration::ZERO);
}

#[test]
fn the_timeline_sees_the_overlap_when_streamed() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        let sources =
            pages(&["http://seen.test/first", "http://seen.test/last"]);
        block_on(streamed(&meeting(), &sources, 2)).expect("both pages come");
        timeline.finish()
    });
    let ours = |row: &&Row| row.fields.contains("seen.test");
    let (fetches, digests) =
        (recording.named("fetch"), recording.named("digest"));
    assert!(
        overlap(fetches.filter(ours), digests.filter(ours)) > Duration::ZERO
    );
}

#[test]
fn both_find_the_same_words_and_only_streamed_keeps_to_few_pages() {
    within(PATIENT, || {
        let mut found = Vec::new();
        for at_once in [1, 4] {
            let (origin, mut stages) = made_up();
            let sources = sources(&origin).expect("its URLs are valid");
            found.push(
                block_on(staged(&stages, &sources, at_once)).expect("it works"),
            );
            let site = origin.site();
            let length = |path: &String| {
                site.page(path).map_or(0, |page| page.len() as u64)
            };
            assert_eq!(
                stages.memory.most(),
                (24, site.paths().iter().map(length).sum())
            );
            stages.memory = Memory::default();
            found.push(
                block_on(streamed(&stages, &sources, at_once))
                    .expect("it works"),
            );
            assert!(stages.memory.most().0 <= at_once);
            assert_eq!(stages.memory.bytes(), 0);
        }
        assert!(
            found[0] >= 24 * 200
                && found.iter().all(|words| *words == found[0])
        );
    });
}

#[test]
fn an_instant_counts_once_however_many_share_it() {
    let ms = Duration::from_millis;
    let united = union(
        [(0, 10), (5, 7), (20, 30), (10, 12)]
            .map(|(a, b)| (ms(a), ms(b)))
            .into_iter(),
    );
    assert_eq!(united, [(ms(0), ms(12)), (ms(20), ms(30))]);
}
