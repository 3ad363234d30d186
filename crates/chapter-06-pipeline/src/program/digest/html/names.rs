//! The names of elements, as small numbers: they are compared for every tag,
//! and count as places in tables.
//!
//! A name of at most 16 bytes is packed into one number, and a hash table that
//! the compiler fills says which of the known names it is. Others get a number
//! when a page first has them.

use hashbrown::HashMap;

/// The number of an element's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name(u32);

impl Name {
    /// Where the name stands in tables.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The name in lowercase, if it is a known one.
    pub(super) fn text(self) -> &'static str {
        NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// The known name that is packed like this.
    pub(super) fn known(packed: Packed) -> Option<Name> {
        let mut slot = packed.slot();
        loop {
            let name = SLOTS[slot];
            if name == EMPTY {
                return None;
            }
            if PACKED[name as usize].0 == packed.0 {
                return Some(Name(name.into()));
            }
            slot = (slot + 1) % SLOTS.len();
        }
    }
}

/// A name's bytes in one number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed(u128);

impl Packed {
    /// Bytes that fit.
    pub(super) const LONGEST: usize = size_of::<Packed>();

    /// Appends a byte, which is not 0. No more than [`Self::LONGEST`] fit.
    pub(super) const fn push(self, byte: u8) -> Self {
        Packed(self.0 << 8 | byte as u128)
    }

    /// A name, if it fits and has no 0 in it.
    pub(super) const fn new(name: &[u8]) -> Option<Self> {
        if name.len() > Self::LONGEST {
            return None;
        }
        let (mut packed, mut at) = (Packed(0), 0);
        while at < name.len() {
            if name[at] == 0 {
                return None;
            }
            packed = packed.push(name[at]);
            at += 1;
        }
        Some(packed)
    }

    const fn slot(self) -> usize {
        let (low, high) = (self.0 as u64, (self.0 >> 64) as u64);
        let mixed =
            (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - SLOTS_BITS)) as usize
    }
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
        let mut slot = PACKED[name].slot();
        while slots[slot] != EMPTY {
            slot = (slot + 1) % slots.len();
        }
        slots[slot] = name as u8;
        name += 1;
    }
    slots
};

static PACKED: [Packed; KNOWN] = {
    let mut packed = [Packed(0); KNOWN];
    let mut name = 0;
    while name < KNOWN {
        packed[name] = Packed::new(NAMES[name].as_bytes())
            .expect("no known name is longer");
        name += 1;
    }
    packed
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
    ($($constant:ident = $name:literal,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they number the constants")]
        enum Order { $($constant,)* Count }
        $(pub(super) const $constant: Name = Name(Order::$constant as u32);)*
        /// How many names are known.
        pub(super) const KNOWN: usize = Order::Count as usize;
        const NAMES: [&str; KNOWN] = [$($name,)*];
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
}
