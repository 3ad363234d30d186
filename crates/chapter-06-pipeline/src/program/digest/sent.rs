//! A digest as bytes, for another process, and back.
//!
//! Where documents are digested elsewhere, this is what comes from there. It is
//! not trusted: whatever the bytes are, [`Digest::from_bytes`] returns a digest
//! that an index can take, or none. That it is the digest of the right page is
//! more than bytes can say.

use std::collections::{BTreeSet, HashSet};

use encoding_rs::Encoding;
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

use super::html::Links;
use super::terms::Terms;
use super::{CHECKPOINT, Digest, Outline, Packed};
use crate::program::directives::Directives;

/// The bytes are no digest, or one that no text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not those of a digest")]
pub struct NoDigest;

/// A digest as it is sent. Numbers that only grow are sent as distances, which
/// are small, and a small number is a byte.
#[derive(Serialize, Deserialize)]
struct Sent {
    title: String,
    text: String,
    /// Words of the title.
    in_title: u32,
    outline: Outline,
    heading_words: Vec<u32>,
    checkpoints: Vec<u32>,
    links: Option<SentLinks>,
    letters: String,
    /// For each term how many bytes it has, and how often it occurs.
    terms: Vec<(u32, u32)>,
    /// For each position how many lie between it and the term's position
    /// before.
    gaps: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct SentLinks {
    base: Option<String>,
    hrefs: BTreeSet<String>,
    noindex: bool,
    nofollow: bool,
    encoding: String,
    no_text: bool,
}

impl Digest {
    /// The digest as bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        let Digest {
            title,
            text,
            mut checkpoints,
            body,
            outline,
            heading_words,
            links,
            terms,
            words: _,
        } = self;
        distances(&mut checkpoints);
        let Terms { letters, mut ends, packed: _, starts, mut positions } =
            terms;
        for bounds in starts.windows(2) {
            let of_term =
                &mut positions[bounds[0] as usize..bounds[1] as usize];
            distances(of_term);
        }
        distances(&mut ends);
        let counts = starts.windows(2).map(|bounds| bounds[1] - bounds[0]);
        let sent = Sent {
            title,
            text,
            in_title: body.saturating_sub(1),
            outline,
            heading_words,
            checkpoints,
            links: (links != Links::default()).then(|| SentLinks::of(links)),
            letters,
            terms: ends.into_iter().zip(counts).collect(),
            gaps: positions,
        };
        postcard::to_stdvec(&sent).expect("memory takes all that it has")
    }

    /// The digest that was sent as these bytes.
    ///
    /// # Errors
    /// If they are no digest, or one that no text can have: a position that two
    /// words have, a heading that ends behind the text, and so on.
    pub fn from_bytes(bytes: &[u8]) -> Result<Digest, NoDigest> {
        let (sent, rest) =
            postcard::take_from_bytes::<Sent>(bytes).map_err(|_| NoDigest)?;
        let digest = if rest.is_empty() { sent.digest() } else { None };
        digest.ok_or(NoDigest)
    }
}

impl Sent {
    /// The digest, if all that must hold of one holds.
    fn digest(self) -> Option<Digest> {
        let Sent { title, text, in_title, outline, heading_words, .. } = self;
        let words = u32::try_from(self.gaps.len()).ok()?;
        let in_text = words.checked_sub(in_title)?;
        let checkpoints = sums(self.checkpoints)?;
        let are_within = checkpoints.iter().all(|at| {
            (*at as usize) < text.len() && text.is_char_boundary(*at as usize)
        });
        let rise = checkpoints.is_sorted_by(|a, b| a < b);
        let enough =
            checkpoints.len() == (in_text as usize).div_ceil(CHECKPOINT);
        let headings = outline.headings.len() == heading_words.len()
            && heading_words.iter().all(|word| *word <= in_text)
            && heading_words.is_sorted()
            && outline.headings.is_sorted_by_key(|heading| heading.start)
            && outline.headings.iter().all(|heading| {
                text.get(heading.start as usize..heading.end as usize).is_some()
            });
        // An index finds all strings of a document by their lengths, with its
        // URL, in numbers of 32 bits.
        let anchors = outline.headings.iter().map(|it| it.anchor.len() as u64);
        let strings = [&title, &text, &outline.language];
        let strings = strings.into_iter().map(|it| it.len() as u64);
        let fits =
            strings.chain(anchors).sum::<u64>() <= u64::from(u32::MAX / 2);
        let parts = are_within && rise && enough && headings && fits;
        if !parts || outline.linked > 100 {
            return None;
        }
        let body = in_title + 1;
        let links = match self.links {
            Some(links) => links.links()?,
            None => Links::default(),
        };
        let terms = terms(self.letters, &self.terms, self.gaps, body)?;
        Some(Digest {
            title,
            text,
            words,
            checkpoints,
            body,
            outline,
            heading_words,
            links,
            terms,
        })
    }
}

/// The terms, if each is there once and each word has a position of its own:
/// those of the title from 0 on, those of the text from `body` on.
fn terms(
    letters: String,
    terms: &[(u32, u32)],
    mut positions: Vec<u32>,
    body: u32,
) -> Option<Terms> {
    let mut taken = vec![false; positions.len() + 1];
    // Between the title and the text.
    taken[body as usize - 1] = true;
    let mut known =
        HashSet::with_capacity_and_hasher(terms.len(), RandomState::default());
    let mut ends = Vec::with_capacity(terms.len());
    let mut packed = Vec::with_capacity(terms.len());
    let mut starts = Vec::with_capacity(terms.len() + 1);
    starts.push(0);
    let (mut end, mut start) = (0_u32, 0_usize);
    for &(length, count) in terms {
        let begin = end as usize;
        end = end.checked_add(length)?;
        let term = letters.get(begin..end as usize)?;
        // A character below the space marks what is no word.
        let is_word = term.chars().next().is_some_and(|c| c >= ' ');
        if !is_word || count == 0 || !known.insert(term) {
            return None;
        }
        ends.push(end);
        packed.push(Packed::new(term.as_bytes()));
        let of_term =
            positions.get_mut(start..start.checked_add(count as usize)?)?;
        let mut sum = 0_u32;
        for (nth, position) in of_term.iter_mut().enumerate() {
            if nth > 0 && *position == 0 {
                return None;
            }
            sum = sum.checked_add(*position)?;
            *position = sum;
            let taken = taken.get_mut(sum as usize)?;
            if std::mem::replace(taken, true) {
                return None;
            }
        }
        start += count as usize;
        starts.push(u32::try_from(start).ok()?);
    }
    drop(known);
    (start == positions.len() && end as usize == letters.len())
        .then_some(Terms { letters, ends, packed, starts, positions })
}

impl SentLinks {
    fn of(links: Links) -> Self {
        let Links { base, hrefs, directives, encoding, no_text } = links;
        let Directives { noindex, nofollow } = directives;
        let encoding = encoding.name().to_owned();
        SentLinks { base, hrefs, noindex, nofollow, encoding, no_text }
    }

    fn links(self) -> Option<Links> {
        let SentLinks { base, hrefs, noindex, nofollow, encoding, no_text } =
            self;
        let directives = Directives { noindex, nofollow };
        let encoding = Encoding::for_label(encoding.as_bytes())?;
        Some(Links { base, hrefs, directives, encoding, no_text })
    }
}

/// Makes numbers that rise into their distances, the first from 0.
fn distances(numbers: &mut [u32]) {
    let mut before = 0;
    for number in numbers {
        (before, *number) = (*number, *number - before);
    }
}

/// The numbers of which these are the distances, unless one is too large.
fn sums(mut distances: Vec<u32>) -> Option<Vec<u32>> {
    let mut sum = 0_u32;
    for distance in &mut distances {
        sum = sum.checked_add(*distance)?;
        *distance = sum;
    }
    Some(distances)
}

#[cfg(test)]
mod tests;
