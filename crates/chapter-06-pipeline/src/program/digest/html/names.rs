//! The names of elements, as numbers: they are compared for every tag.

/// The number of a name (FNV-1a). Two names of which a page makes one number are read as one.
pub(super) const fn number(name: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

macro_rules! names {
    ($($constant:ident = $name:literal,)*) => {
        $(pub(super) const $constant: u64 = number($name.as_bytes());)*
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
