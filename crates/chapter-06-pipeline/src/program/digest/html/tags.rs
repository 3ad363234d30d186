//! Tags: a name and attributes. Most attributes decide nothing here, and are
//! passed over.

use std::borrow::Cow;

use memchr::memchr;

use super::names::{Name, Packed};
use super::tokens::Reader;

/// For each byte what it is in a tag's name: 0 if it ends it, or else what it
/// is in lowercase. A NUL is [`NUL`].
static IN_NAME: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'\t' | b'\n' | b'\x0c' | b' ' | b'/' | b'>' => 0,
            0 => NUL,
            other => other.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

/// A byte that stands for NUL: no UTF-8 has it.
const NUL: u8 = 0xff;

/// For each byte whether it ends an attribute's name.
static ENDS_ATTRIBUTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = IN_NAME[byte] == 0 || byte as u8 == b'=';
        byte += 1;
    }
    table
};

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b' ')
}

/// The end of a tag.
struct TagEnd {
    /// Where the page goes on behind it.
    at: usize,
    self_closing: bool,
}

impl<'a> Reader<'a> {
    /// Reads a start tag, whose name begins here, and the text of its element
    /// if that has no markup. Returns where to go on. A tag that the page's end
    /// cuts off is none.
    pub(super) fn start_tag(&mut self, start: usize) -> Option<usize> {
        let (name, at) = self.name(start);
        self.attributes.clear();
        let wanted = self.tree.wants_attributes(name);
        let end = self.rest_of_tag(at, wanted)?;
        let content = self.tree.start(name, end.self_closing, &self.attributes);
        self.content(name, content, end.at)
    }

    /// Reads an end tag, whose name begins here. Returns where to go on.
    pub(super) fn end_tag(&mut self, start: usize) -> Option<usize> {
        let (name, at) = self.name(start);
        let end = self.rest_of_tag(at, false)?;
        self.tree.end(name);
        Some(end.at)
    }

    /// Reads a tag's name. Returns it and where it ends.
    fn name(&mut self, start: usize) -> (Name, usize) {
        let bytes = self.html.as_bytes();
        let (mut packed, mut at) = (Packed::default(), start);
        while let Some(&byte) = bytes.get(at)
            && IN_NAME[byte as usize] != 0
        {
            packed = packed.push(IN_NAME[byte as usize]);
            at += 1;
        }
        let known = if at - start <= Packed::LONGEST {
            Name::known(packed)
        } else {
            None
        };
        (known.unwrap_or_else(|| self.unknown_name(&bytes[start..at])), at)
    }

    #[cold]
    fn unknown_name(&mut self, name: &[u8]) -> Name {
        let lower: Vec<u8> =
            name.iter().map(|&byte| IN_NAME[byte as usize]).collect();
        self.unknown.number(&lower)
    }

    /// Reads the attributes of a tag up to its `>`, and keeps them if they are
    /// wanted.
    fn rest_of_tag(&mut self, start: usize, wanted: bool) -> Option<TagEnd> {
        let bytes = self.html.as_bytes();
        let mut at = start;
        loop {
            while is_space(*bytes.get(at)?) {
                at += 1;
            }
            match bytes[at] {
                b'>' => {
                    return Some(TagEnd { at: at + 1, self_closing: false });
                }
                b'/' => {
                    at += 1;
                    if bytes.get(at) == Some(&b'>') {
                        return Some(TagEnd { at: at + 1, self_closing: true });
                    }
                    continue;
                }
                _ => {}
            }
            let name = at;
            // A `=` here is the first letter of a name.
            at += 1;
            while !ENDS_ATTRIBUTE[*bytes.get(at)? as usize] {
                at += 1;
            }
            let name = name..at;
            while is_space(*bytes.get(at)?) {
                at += 1;
            }
            let mut value = at..at;
            if bytes[at] == b'=' {
                at += 1;
                while is_space(*bytes.get(at)?) {
                    at += 1;
                }
                match bytes[at] {
                    quote @ (b'"' | b'\'') => {
                        let length = memchr(quote, &bytes[at + 1..])?;
                        value = at + 1..at + 1 + length;
                        at = value.end + 1;
                    }
                    b'>' => {}
                    _ => {
                        let first = at;
                        while !matches!(
                            *bytes.get(at)?,
                            b'>' | b'\t' | b'\n' | b'\x0c' | b' '
                        ) {
                            at += 1;
                        }
                        value = first..at;
                    }
                }
            }
            if wanted {
                let value = &self.html[value];
                let has_nul = self.has_nul;
                self.attributes
                    .push(&bytes[name], || attribute_value(value, has_nul));
            }
        }
    }
}

/// The value of an attribute, with its character references.
fn attribute_value(value: &str, has_nul: bool) -> Cow<'_, str> {
    let value = match has_nul {
        true => Cow::Owned(value.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(value),
    };
    match memchr(b'&', value.as_bytes()) {
        Some(_) => htmlize::unescape_attribute(value),
        None => value,
    }
}
