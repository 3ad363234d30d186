//! Entities that an XHTML document declares for itself, as in
//! `<!DOCTYPE html [<!ENTITY name "text">]>` (XML 1.0, section 4.2).
//!
//! What stands in another file is not fetched. An entity may be made of others,
//! so a few lines can stand for more text than any disk has: a billion laughs.
//! Hence what all entities of a document stand for is bounded.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

/// Entities that may stand in each other.
const DEEPEST: usize = 16;

/// Bytes that entities may stand for, or those of the document if it has more.
const MOST: usize = 1 << 20;

/// The entities of a document, and how much of their text was read.
#[derive(Debug)]
pub(super) struct Entities {
    texts: HashMap<String, Rc<str>>,
    left: usize,
    depth: usize,
}

impl Entities {
    /// The entities of a document of which nothing was read.
    pub(super) fn new(document: &str) -> Self {
        let left = MOST.max(document.len());
        Entities { texts: HashMap::new(), left, depth: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Takes note of the declarations in a doctype. Of two for one name the
    /// first counts.
    pub(super) fn declare(&mut self, doctype: &str) {
        let mut rest = internal(doctype);
        while let Some(at) = rest.find('<') {
            rest = &rest[at..];
            let (declaration, behind) = match rest {
                it if it.starts_with("<!--") => (None, after(it, "-->")),
                it if it.starts_with("<?") => (None, after(it, "?>")),
                it => split_declaration(it),
            };
            if let Some((name, text)) = declaration.and_then(entity) {
                self.texts
                    .entry(name.to_owned())
                    .or_insert_with(|| characters(text).into());
            }
            rest = behind;
        }
    }

    /// What an entity stands for, if the document says so. It is being read
    /// until its [`end`](Self::end). Nothing at all is returned if it stands in
    /// itself, or if all that was read is too much.
    pub(super) fn begin(&mut self, name: &str) -> Option<Option<Rc<str>>> {
        let Some(text) = self.texts.get(name) else { return Some(None) };
        self.left = self.left.checked_sub(text.len() + 1)?;
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        Some(Some(Rc::clone(text)))
    }

    /// Notes that an entity was read.
    pub(super) fn end(&mut self) {
        self.depth -= 1;
    }

    /// An attribute's value with what its entities stand for.
    pub(super) fn expand<'a>(
        &mut self,
        value: Cow<'a, str>,
    ) -> Option<Cow<'a, str>> {
        if !value.contains('&') {
            return Some(value);
        }
        let mut out = String::with_capacity(value.len());
        self.expand_into(&value, &mut out)?;
        Some(Cow::Owned(out))
    }

    fn expand_into(&mut self, value: &str, out: &mut String) -> Option<()> {
        let mut rest = value;
        while let Some((before, reference)) = rest.split_once('&') {
            out.push_str(before);
            rest = reference;
            // A name ends here or is none: nothing is looked through twice.
            let end = reference.find([';', '&']);
            let Some(end) =
                end.filter(|end| reference[*end..].starts_with(';'))
            else {
                out.push('&');
                continue;
            };
            let (name, behind) = (&reference[..end], &reference[end + 1..]);
            match self.begin(name)? {
                Some(text) => {
                    self.expand_into(&text, out)?;
                    self.end();
                    rest = behind;
                }
                None => out.push('&'),
            }
        }
        out.push_str(rest);
        Some(())
    }
}

/// What stands in the brackets of a doctype.
fn internal(doctype: &str) -> &str {
    let mut quote = None;
    for (at, c) in doctype.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => return &doctype[at + 1..],
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    ""
}

/// What stands behind this end.
fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// A declaration without its brackets, and what stands behind it. A `>` in
/// quotes is none of its end.
fn split_declaration(text: &str) -> (Option<&str>, &str) {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return (Some(&text[1..at]), &text[at + 1..]),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    (None, "")
}

/// The name and the text of an entity that is declared with its text.
fn entity(declaration: &str) -> Option<(&str, &str)> {
    let rest = declaration.strip_prefix("!ENTITY")?;
    let (name, rest) =
        rest.trim_start().split_once(|c: char| c.is_ascii_whitespace())?;
    let rest = rest.trim();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let text = rest.strip_prefix(quote)?.strip_suffix(quote)?;
    Some((name, text))
}

/// A text with its references to characters; those to entities are for later
/// (section 4.4).
fn characters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end + 1);
        out.push_str(&rest[..at]);
        out.push_str(&htmlize::unescape(&rest[at..end]));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
