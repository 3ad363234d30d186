//! A lane: the sources of one site, each with a permit, in tasks of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::document::{Pipeline, document};
use super::outcome::Tally;
use crate::program::fetch::Transport;
use crate::program::source::Source;

/// Sources by site; files have none.
pub(super) type Sites = BTreeMap<Option<String>, Vec<Source>>;

/// Sorts sources by their site.
pub(super) fn by_site(sources: Vec<Source>) -> Sites {
    let mut sites = Sites::new();
    for source in sources {
        sites.entry(source.site()).or_default().push(source);
    }
    sites.values_mut().for_each(Vec::shrink_to_fit);
    sites
}

/// Sends the sources of one site on their way and collects their outcomes.
pub(super) async fn lane<T: Transport>(
    pipeline: Arc<Pipeline<T>>,
    site: Option<String>,
    sources: Vec<Source>,
) -> Tally {
    let Pipeline { attempts, bridge, attached, progress, stop, .. } =
        &*pipeline;
    let mut tally = Tally::default();
    let host = sources.first().and_then(Source::host);
    let _lane = attempts.limits.begin(host.clone());
    let (sources, refused) =
        attached.admit(attempts, bridge, site, sources).await;
    refused.into_iter().for_each(|outcome| tally.add(outcome, progress));
    let mut documents = JoinSet::new();
    let mut sources = sources.into_iter();
    for source in sources.by_ref() {
        let enter = attempts.enter(host.as_deref());
        let Some(permit) = stop.run_until_cancelled(enter).await else {
            tally.unfinished += 1;
            break;
        };
        documents.spawn(document(Arc::clone(&pipeline), source, permit));
        while let Some(outcome) = documents.try_join_next() {
            tally.add(outcome.expect("a document's panic is caught"), progress);
        }
    }
    tally.unfinished += sources.len();
    while let Some(outcome) = documents.join_next().await {
        tally.add(outcome.expect("a document's panic is caught"), progress);
    }
    tally
}
