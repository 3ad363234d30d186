//! A piece of a document's text that shows why it was found.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::Document;
use crate::program::digest::CHECKPOINT;
use crate::program::digest::words::words;
use crate::program::printable::printable;

/// Words in a snippet, and how many of them stand before the first match.
pub(super) const SNIPPET: u32 = 32;
pub(super) const BEFORE: u32 = 6;

/// Characters of one word in a snippet, and of what stands between two.
pub(super) const LONGEST: usize = 128;

/// The text from the given word on, with its white space made single spaces.
pub(super) fn snippet(
    document: &Document,
    from: u32,
    lit: &BTreeSet<u32>,
) -> (String, Vec<Range<usize>>) {
    let checkpoint = document
        .checkpoints()
        .get(from as usize / CHECKPOINT)
        .copied()
        .unwrap_or(0) as usize;
    let Some(tail) = document.text().get(checkpoint..) else {
        return Default::default();
    };
    let skip = from as usize % CHECKPOINT;
    let (mut out, mut highlights) = (String::new(), Vec::new());
    if from > 0 {
        out.push('…');
    }
    let mut copied = None;
    for (nth, word) in words(tail).enumerate().skip(skip).take(SNIPPET as usize)
    {
        let between = &tail[copied.unwrap_or(word.at)..word.at];
        push_line(&mut out, between);
        let start = out.len();
        push_line(&mut out, word.text);
        if lit.contains(&(from - skip as u32 + nth as u32)) {
            // A word may end in what is not seen, and was made a space.
            highlights.push(start..start + out[start..].trim_end().len());
        }
        copied = Some(word.at + word.text.len());
    }
    if let Some(end) = copied {
        let rest = &tail[end..];
        // The punctuation that closes the last word belongs to it.
        let close = rest
            .find(|c: char| c.is_whitespace() || c.is_alphanumeric())
            .unwrap_or(rest.len());
        push_line(&mut out, &rest[..close]);
        if !rest[close..].trim().is_empty() {
            out.push('…');
        }
    }
    (out, highlights)
}

/// Appends text without line ends, double spaces, or anything that a terminal
/// would obey; of a long one its beginning.
fn push_line(out: &mut String, text: &str) {
    let mut chars = text.chars();
    for c in chars.by_ref().take(LONGEST) {
        if c.is_whitespace() || printable(c.encode_utf8(&mut [0; 4])) == " " {
            if !out.ends_with([' ', '…']) && !out.is_empty() {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    if chars.next().is_some() {
        out.push('…');
    }
}

/// The first word of the window with the most different clauses, the earliest
/// of equals; and how many there are. A match is its first word, how many it
/// has, and which clause it is of.
pub(super) fn best_window(matches: &[(u32, u32, usize)]) -> (u32, usize) {
    let (mut best, mut most) = (0, 0);
    let mut to = 0;
    let mut inside: HashMap<usize, usize> = HashMap::new();
    for (from, &(start, _, clause)) in matches.iter().enumerate() {
        while let Some(&(next, _, entering)) =
            matches.get(to).filter(|next| next.0 < start + SNIPPET - BEFORE)
        {
            debug_assert!(next >= start);
            *inside.entry(entering).or_default() += 1;
            to += 1;
        }
        if inside.len() > most {
            (best, most) = (start, inside.len());
        }
        debug_assert!(to > from);
        if let Some(count) = inside.get_mut(&clause) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&clause);
            }
        }
    }
    (best, most)
}

/// A heading on one line, without the signs that only serve to link to it, and
/// no longer than `most` characters.
pub(super) fn line(heading: &str, most: usize) -> String {
    let mut out = String::new();
    for part in heading.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        push_line(&mut out, part);
    }
    let signs = |c: char| matches!(c, '§' | '¶' | '#' | '🔗' | ' ');
    let mut out = out.trim_matches(signs).to_owned();
    if let Some((end, _)) = out.char_indices().nth(most) {
        out.truncate(end);
        out.push('…');
    }
    out
}
