//! The encoding that a document declares in its first kilobyte ("prescan a byte
//! stream" and "get an XML encoding" of the HTML standard, section 13.2.3.2).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes that are looked at.
const WITHIN: usize = 1024;

/// The encoding that an HTML page declares: in a `<meta>`, or else in an XML
/// declaration.
pub(super) fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(WITHIN)];
    utf_16_declaration(head)
        .or_else(|| Prescan { bytes: head, at: 0 }.meta(Meta::encoding))
        .or_else(|| xml_encoding(head))
}

/// The encoding that a `<meta>` declares behind the first kilobyte. A browser
/// reads the page anew when it comes to it ("changing the encoding while
/// parsing").
pub(super) fn declared_late(body: &[u8]) -> Option<&'static Encoding> {
    Prescan { bytes: body, at: 0 }.meta(Meta::encoding)
}

/// The encoding in a `<meta content>` that does not say what it is for.
/// Browsers pass over it and guess; this is a better guess than any.
pub(super) fn hinted(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(WITHIN)];
    Prescan { bytes: head, at: 0 }.meta(|meta| meta.content)
}

/// The encoding in an XML declaration.
pub(super) fn xml_encoding(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(WITHIN)];
    if let Some(encoding) = utf_16_declaration(head) {
        return Some(encoding);
    }
    let rest = head.strip_prefix(b"<?xml")?;
    let end = rest.iter().position(|&byte| byte == b'>')?;
    let declaration = &rest[..end];
    let name = b"encoding";
    let at =
        declaration.windows(name.len()).position(|window| window == name)?;
    let rest = after_space(&declaration[at + name.len()..]);
    let rest = after_space(rest.strip_prefix(b"=")?);
    let (&quote, rest) = rest.split_first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let label = &rest[..rest.iter().position(|&byte| byte == quote)?];
    if label.iter().any(|&byte| byte <= b' ') {
        return None;
    }
    Encoding::for_label(label).map(ascii_compatible)
}

/// An XML declaration that begins in UTF-16.
fn utf_16_declaration(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [b'<', 0, b'?', 0, b'x', 0, ..] => Some(UTF_16LE),
        [0, b'<', 0, b'?', 0, b'x', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// The bytes just read were ASCII, whatever they say.
fn ascii_compatible(encoding: &'static Encoding) -> &'static Encoding {
    match encoding.name() {
        "UTF-16LE" | "UTF-16BE" => UTF_8,
        "x-user-defined" => WINDOWS_1252,
        _ => encoding,
    }
}

fn after_space(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|&&byte| byte <= b' ').count()..]
}

/// What a `<meta>` says.
#[derive(Default)]
struct Meta {
    charset: Option<&'static Encoding>,
    content: Option<&'static Encoding>,
    pragma: bool,
}

impl Meta {
    fn encoding(self) -> Option<&'static Encoding> {
        self.charset.or(self.content.filter(|_| self.pragma))
    }
}

struct Prescan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Prescan<'_> {
    /// The first `<meta>` of which `choose` makes something.
    fn meta(
        mut self,
        choose: impl Fn(Meta) -> Option<&'static Encoding>,
    ) -> Option<&'static Encoding> {
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"<!--") {
                // `<!-->` is a whole comment, so two of its dashes may be the
                // closing ones.
                let end = rest
                    .windows(3)
                    .skip(2)
                    .position(|window| window == b"-->")?;
                self.at += 2 + end + 3;
            } else if is_meta(rest) {
                self.at += 5;
                if let Some(encoding) = choose(self.read_meta()?) {
                    return Some(ascii_compatible(encoding));
                }
            } else if is_tag(rest) {
                let name = rest
                    .iter()
                    .position(|byte| is_space(*byte) || *byte == b'>')?;
                self.at += name;
                while self.attribute()?.is_some() {}
            } else if matches!(rest, [b'<', b'!' | b'/' | b'?', ..]) {
                self.at += rest.iter().position(|&byte| byte == b'>')? + 1;
            } else {
                self.at += 1;
            }
        }
        None
    }

    /// `None` at the end of the bytes.
    fn read_meta(&mut self) -> Option<Meta> {
        let mut meta = Meta::default();
        // Of two attributes with one name the first counts.
        let (mut pragma, mut charset, mut content) = (false, false, false);
        let first = |seen: &mut bool| !std::mem::replace(seen, true);
        while let Some((name, value)) = self.attribute()? {
            match &*name {
                b"http-equiv" if first(&mut pragma) => {
                    meta.pragma = value == b"content-type"
                }
                b"charset" if first(&mut charset) => {
                    meta.charset = Encoding::for_label(&value)
                }
                b"content" if first(&mut content) => {
                    meta.content = within_content(&value)
                }
                _ => {}
            }
        }
        Some(meta)
    }

    /// The next attribute, in lowercase; `Some(None)` at the end of the tag,
    /// `None` at the end of the bytes.
    #[expect(
        clippy::option_option,
        reason = "two ends: of the tag, and of the bytes"
    )]
    fn attribute(&mut self) -> Option<Option<(Vec<u8>, Vec<u8>)>> {
        while is_space(self.peek()?) || self.peek()? == b'/' {
            self.at += 1;
        }
        if self.peek()? == b'>' {
            self.at += 1;
            return Some(None);
        }
        let mut name = Vec::new();
        loop {
            match self.peek()? {
                b'=' if !name.is_empty() => break,
                byte if is_space(byte) => {
                    self.skip_space()?;
                    if self.peek()? != b'=' {
                        return Some(Some((name, Vec::new())));
                    }
                    break;
                }
                b'/' | b'>' => return Some(Some((name, Vec::new()))),
                byte => name.push(byte.to_ascii_lowercase()),
            }
            self.at += 1;
        }
        self.at += 1;
        self.skip_space()?;
        let mut value = Vec::new();
        match self.peek()? {
            quote @ (b'"' | b'\'') => {
                self.at += 1;
                while self.peek()? != quote {
                    value.push(self.peek()?.to_ascii_lowercase());
                    self.at += 1;
                }
                self.at += 1;
            }
            _ => {
                while !is_space(self.peek()?) && self.peek()? != b'>' {
                    value.push(self.peek()?.to_ascii_lowercase());
                    self.at += 1;
                }
            }
        }
        Some(Some((name, value)))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) -> Option<()> {
        while is_space(self.peek()?) {
            self.at += 1;
        }
        Some(())
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

fn is_meta(bytes: &[u8]) -> bool {
    bytes.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<meta"))
        && bytes.get(5).is_some_and(|&next| is_space(next) || next == b'/')
}

fn is_tag(bytes: &[u8]) -> bool {
    match bytes {
        [b'<', b'/', letter, ..] | [b'<', letter, ..] => {
            letter.is_ascii_alphabetic()
        }
        _ => false,
    }
}

/// The encoding in the value of a `content` ("extracting a character encoding
/// from a meta element").
fn within_content(value: &[u8]) -> Option<&'static Encoding> {
    let name = b"charset";
    let mut rest = value;
    loop {
        let at = rest.windows(name.len()).position(|window| window == name)?;
        rest = after_space(&rest[at + name.len()..]);
        if let Some(after) = rest.strip_prefix(b"=") {
            rest = after_space(after);
            break;
        }
    }
    let label = match rest.first()? {
        quote @ (b'"' | b'\'') => {
            let rest = &rest[1..];
            &rest[..rest.iter().position(|byte| byte == quote)?]
        }
        _ => {
            &rest[..rest
                .iter()
                .take_while(|&&byte| !is_space(byte) && byte != b';')
                .count()]
        }
    };
    Encoding::for_label(label)
}

#[cfg(test)]
mod tests;
