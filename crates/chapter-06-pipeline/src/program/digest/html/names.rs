//! The names of elements, as small numbers: they are compared for every tag,
//! and count as places in tables.
//!
//! A name of at most 16 bytes is packed into one number, and a hash table that
//! the compiler fills says which of the known names it is. Others get a number
//! when a page first has them.

use hashbrown::HashMap;

use crate::program::digest::packed::Packed;

/// The number of an element's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name(u32);

impl Name {
    /// Where the name stands in tables.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The known name that stands there in tables.
    pub(super) const fn nth(index: usize) -> Name {
        Name(index as u32)
    }

    /// The name in lowercase, if it is a known one.
    pub(super) fn text(self) -> &'static str {
        NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Where an end tag ends, whose name begins at `start`, if the name is this
    /// one in lowercase and the tag is nothing else.
    #[inline]
    pub(super) fn end_tag(self, bytes: &[u8], start: usize) -> Option<usize> {
        let EndTag { eight, mask, length } = END_TAGS.get(self.index())?;
        let found = u64::from_le_bytes(*bytes.get(start..)?.first_chunk()?);
        (found & mask == *eight).then_some(start + length)
    }

    /// The known name that is packed like this.
    pub(super) fn known(packed: Packed) -> Option<Name> {
        let mut slot = slot(packed);
        loop {
            let name = SLOTS[slot];
            if name == EMPTY {
                return None;
            }
            if PACKED[name as usize] == Some(packed) {
                return Some(Name(name.into()));
            }
            slot = (slot + 1) % SLOTS.len();
        }
    }
}

/// Where the search for a name begins.
const fn slot(packed: Packed) -> usize {
    (packed.mixed() >> (64 - SLOTS_BITS)) as usize
}

const SLOTS_BITS: u32 = 9;
/// A slot that no name has.
const EMPTY: u8 = u8::MAX;

/// For each slot the number of the name in it. A name whose slot is taken has
/// the next free one.
static SLOTS: [u8; 1 << SLOTS_BITS] = {
    let mut slots = [EMPTY; 1 << SLOTS_BITS];
    let mut name = 0;
    while name < KNOWN {
        let packed = PACKED[name].expect("no known name is longer");
        let mut slot = slot(packed);
        while slots[slot] != EMPTY {
            slot = (slot + 1) % slots.len();
        }
        slots[slot] = name as u8;
        name += 1;
    }
    slots
};

static PACKED: [Option<Packed>; KNOWN] = {
    let mut packed = [None; KNOWN];
    let mut name = 0;
    while name < KNOWN {
        packed[name] = Packed::new(NAMES[name].as_bytes());
        name += 1;
    }
    packed
};

/// A known name and a `>`: eight bytes of which the mask has those that count.
#[derive(Clone, Copy)]
struct EndTag {
    eight: u64,
    mask: u64,
    length: usize,
}

/// The end tags of the known names. One that is longer than eight bytes is
/// never found.
static END_TAGS: [EndTag; KNOWN] = {
    let mut tags = [EndTag { eight: 1, mask: 0, length: 0 }; KNOWN];
    let mut name = 0;
    while name < KNOWN {
        let letters = NAMES[name].as_bytes();
        let mut eight = [0; 8];
        let mut mask = [0; 8];
        if letters.len() < 8 {
            let mut at = 0;
            while at <= letters.len() {
                mask[at] = 0xff;
                let is_letter = at < letters.len();
                eight[at] = if is_letter { letters[at] } else { b'>' };
                at += 1;
            }
            tags[name] = EndTag {
                eight: u64::from_le_bytes(eight),
                mask: u64::from_le_bytes(mask),
                length: letters.len() + 1,
            };
        }
        name += 1;
    }
    tags
};

/// Some name that nobody knows, where it does not matter which.
pub(super) const UNKNOWN: Name = Name(KNOWN as u32);

/// The names that a page has and nobody knows.
#[derive(Debug, Default)]
pub(super) struct Unknown(HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>);

impl Unknown {
    /// The number of a name that is none of the known ones.
    pub(super) fn number(&mut self, name: &[u8]) -> Name {
        if let Some(&number) = self.0.get(name) {
            return Name(number);
        }
        let number = (KNOWN + self.0.len()) as u32;
        self.0.insert(name.into(), number);
        Name(number)
    }
}

macro_rules! names {
    ($($constant:ident = $name:literal,)* ; $($other:literal,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they number the constants")]
        enum Order { $($constant,)* Count }
        $(pub(super) const $constant: Name = Name(Order::$constant as u32);)*
        /// The names that a rule speaks of, and then others that many pages
        /// have: each that is not here costs a look into a map.
        const NAMES: [&str; KNOWN] = [$($name,)* $($other,)*];
        /// How many names are known.
        pub(super) const KNOWN: usize = Order::Count as usize + [$($other,)*].len();
    };
}

names! {
    A = "a", ADDRESS = "address", ANNOTATION = "annotation", ANNOTATION_XML = "annotation-xml",
    APPLET = "applet", AREA = "area", ARTICLE = "article", ASIDE = "aside", AUDIO = "audio",
    B = "b", BASE = "base", BASEFONT = "basefont", BGSOUND = "bgsound", BIG = "big",
    BLOCKQUOTE = "blockquote", BODY = "body", BR = "br", BUTTON = "button", CANVAS = "canvas",
    CAPTION = "caption", CENTER = "center", CODE = "code", COL = "col", COLGROUP = "colgroup",
    DATALIST = "datalist", DD = "dd", DESC = "desc", DETAILS = "details", DIALOG = "dialog",
    DIR = "dir", DIV = "div", DL = "dl", DT = "dt", EM = "em", EMBED = "embed",
    FIELDSET = "fieldset", FIGCAPTION = "figcaption", FIGURE = "figure", FONT = "font",
    FOOTER = "footer", FOREIGN_OBJECT = "foreignobject", FORM = "form", FRAME = "frame",
    FRAMESET = "frameset", H1 = "h1", H2 = "h2", H3 = "h3", H4 = "h4", H5 = "h5", H6 = "h6",
    HEAD = "head", HEADER = "header", HGROUP = "hgroup", HR = "hr", HTML = "html", I = "i",
    IFRAME = "iframe", IMAGE = "image", IMG = "img", INPUT = "input", KEYGEN = "keygen",
    LEGEND = "legend", LI = "li", LINK = "link", LISTING = "listing", MAIN = "main",
    MALIGNMARK = "malignmark", MARQUEE = "marquee", MATH = "math", MENU = "menu",
    META = "meta", METER = "meter", MGLYPH = "mglyph", MI = "mi", MN = "mn", MO = "mo", MS = "ms",
    MTEXT = "mtext", NAV = "nav", NOBR = "nobr", NOEMBED = "noembed", NOFRAMES = "noframes",
    NOSCRIPT = "noscript", OBJECT = "object", OL = "ol", OPTGROUP = "optgroup", OPTION = "option",
    OUTPUT = "output", P = "p", PARAM = "param", PICTURE = "picture", PLAINTEXT = "plaintext",
    PRE = "pre", PROGRESS = "progress", RB = "rb", RP = "rp", RT = "rt", RTC = "rtc",
    RUBY = "ruby", S = "s", SCRIPT = "script", SEARCH = "search", SECTION = "section",
    SELECT = "select", SMALL = "small", SOURCE = "source", SPAN = "span",
    STRIKE = "strike", STRONG = "strong", STYLE = "style", SUB = "sub", SUMMARY = "summary",
    SUP = "sup", SVG = "svg", TABLE = "table", TBODY = "tbody", TD = "td", TEMPLATE = "template",
    TEXTAREA = "textarea", TFOOT = "tfoot", TH = "th", THEAD = "thead", TITLE = "title",
    TR = "tr", TRACK = "track", TT = "tt", U = "u", UL = "ul", VAR = "var", VIDEO = "video",
    WBR = "wbr", XMP = "xmp",
    ;
    "abbr", "acronym", "cite", "circle", "data", "defs", "del", "dfn", "ellipse", "g", "ins",
    "kbd", "label", "line", "mark", "mrow", "path", "polygon", "polyline", "q", "rect", "samp",
    "symbol", "text", "time", "tspan", "use",
}
