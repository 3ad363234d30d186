//! Tags: a name and attributes. Most attributes decide nothing here, and are
//! passed over.

use std::borrow::Cow;

use memchr::memchr;

use super::names::Name;
use super::tokens::Reader;
use crate::program::digest::packed::Packed;

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
        // Nearly every one is the innermost element's.
        if let Some(name) = self.tree.innermost()
            && let Some(end) = name.end_tag(self.html.as_bytes(), start)
        {
            self.tree.end_innermost();
            return Some(end);
        }
        let (name, at) = self.name(start);
        let end = self.rest_of_tag(at, false)?;
        self.tree.end(name);
        Some(end.at)
    }

    /// Reads a tag's name. Returns it and where it ends.
    #[inline]
    fn name(&mut self, start: usize) -> (Name, usize) {
        let bytes = self.html.as_bytes();
        let (mut packed, mut at) = (0, start);
        while let Some(&byte) = bytes.get(at)
            && IN_NAME[byte as usize] != 0
        {
            packed = packed << 8 | u64::from(IN_NAME[byte as usize]);
            at += 1;
        }
        // Nearly all names have at most eight bytes.
        if at - start <= 8
            && let Some(packed) = Packed::from_reversed(packed)
            && let Some(name) = Name::known(packed)
        {
            return (name, at);
        }
        self.any_name(start)
    }

    /// [`name`](Self::name) for a name of any kind.
    #[inline(never)]
    fn any_name(&mut self, start: usize) -> (Name, usize) {
        let rest = &self.html.as_bytes()[start..];
        let lower: Vec<u8> = rest
            .iter()
            .map(|&byte| IN_NAME[byte as usize])
            .take_while(|&byte| byte != 0)
            .collect();
        let known = Packed::new(&lower).and_then(Name::known);
        let name = known.unwrap_or_else(|| self.unknown.number(&lower));
        (name, start + lower.len())
    }

    /// Reads a tag from behind its name up to its `>`, and keeps its attributes
    /// if they are wanted.
    #[inline]
    fn rest_of_tag(&mut self, start: usize, wanted: bool) -> Option<TagEnd> {
        match self.html.as_bytes().get(start) {
            // Most tags have none.
            Some(b'>') => Some(TagEnd { at: start + 1, self_closing: false }),
            _ if wanted => self.read_attributes::<true>(start),
            _ => self.read_attributes::<false>(start),
        }
    }

    fn read_attributes<const WANTED: bool>(
        &mut self,
        start: usize,
    ) -> Option<TagEnd> {
        let bytes = self.html.as_bytes();
        let mut at = start;
        loop {
            let mut byte = skip_spaces(bytes, &mut at)?;
            if byte == b'>' {
                return Some(TagEnd { at: at + 1, self_closing: false });
            }
            if byte == b'/' {
                at += 1;
                if bytes.get(at) == Some(&b'>') {
                    return Some(TagEnd { at: at + 1, self_closing: true });
                }
                continue;
            }
            let name = at;
            // A `=` here is the first letter of a name.
            loop {
                at += 1;
                byte = *bytes.get(at)?;
                if ENDS_ATTRIBUTE[byte as usize] {
                    break;
                }
            }
            let name = name..at;
            if byte != b'=' {
                byte = skip_spaces(bytes, &mut at)?;
            }
            let mut value = at..at;
            if byte == b'=' {
                at += 1;
                match skip_spaces(bytes, &mut at)? {
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
            if WANTED {
                let value = &self.html[value];
                let has_nul = self.has_nul;
                self.attributes
                    .push(&bytes[name], || attribute_value(value, has_nul));
            }
        }
    }
}

/// Goes on to the first byte that is no space, and returns it.
#[inline]
fn skip_spaces(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        match *bytes.get(*at)? {
            b'\t' | b'\n' | b'\x0c' | b' ' => *at += 1,
            byte => return Some(byte),
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
