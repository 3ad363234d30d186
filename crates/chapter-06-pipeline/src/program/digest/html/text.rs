//! The text of a page as its elements open and close.

use super::names::Name;
use super::{Page, names};
use crate::program::digest::outline::{Heading, Outline};
use crate::program::digest::words::words;

/// The effect of an element on the text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Part of a line: its ends do not end a word. So is an element that no
    /// standard knows.
    Inline,
    /// Begins and ends a line.
    Block,
    /// Begins and ends a line, and names what follows. Its level is counted
    /// from 1.
    Heading(u8),
    /// Its text is the title.
    Title,
    /// Its text is not for reading, and nothing of it is seen.
    Hidden,
    /// Its text is not for reading. It is seen, as something between two words.
    Replaced,
    /// Its text is repeated on every page. Where nobody closes it, it may be
    /// the page itself, and counts.
    Repeated,
    /// Its text is a list to choose from. Where it goes on to the end of the
    /// page, it is the page.
    List,
    /// A reading beside the text of its line; it does not interrupt that.
    Reading,
}

impl Role {
    /// The role of an HTML element, by the standard's style sheet (section
    /// 15.3). What only an attribute hides is text (`hidden`, a `dialog` that
    /// is not open): a script shows it, and a reader may look for it.
    pub(super) fn of(name: Name) -> Self {
        match name {
            names::ADDRESS
            | names::APPLET
            | names::ARTICLE
            | names::ASIDE
            | names::AUDIO
            | names::BLOCKQUOTE
            | names::BODY
            | names::BR
            | names::BUTTON
            | names::CANVAS
            | names::CAPTION
            | names::CENTER
            | names::COL
            | names::COLGROUP
            | names::DD
            | names::DETAILS
            | names::DIALOG
            | names::DIR
            | names::DIV
            | names::DL
            | names::DT
            | names::EMBED
            | names::FIELDSET
            | names::FIGCAPTION
            | names::FIGURE
            | names::FOOTER
            | names::FORM
            | names::FRAME
            | names::FRAMESET
            | names::HEAD
            | names::HEADER
            | names::HGROUP
            | names::HR
            | names::HTML
            | names::IMAGE
            | names::IMG
            | names::INPUT
            | names::KEYGEN
            | names::LEGEND
            | names::LI
            | names::LISTING
            | names::MAIN
            | names::MARQUEE
            | names::MATH
            | names::MENU
            | names::METER
            | names::NOSCRIPT
            | names::OBJECT
            | names::OL
            | names::OPTGROUP
            | names::OPTION
            | names::OUTPUT
            | names::P
            | names::PICTURE
            | names::PLAINTEXT
            | names::PRE
            | names::PROGRESS
            | names::SEARCH
            | names::SECTION
            | names::SUMMARY
            | names::TABLE
            | names::TBODY
            | names::TD
            | names::TFOOT
            | names::TH
            | names::THEAD
            | names::TR
            | names::UL
            | names::VIDEO
            | names::XMP => Role::Block,
            names::H1 => Role::Heading(1),
            names::H2 => Role::Heading(2),
            names::H3 => Role::Heading(3),
            names::H4 => Role::Heading(4),
            names::H5 => Role::Heading(5),
            names::H6 => Role::Heading(6),
            names::TITLE => Role::Title,
            names::RT | names::RTC => Role::Reading,
            names::NAV => Role::Repeated,
            names::DATALIST
            | names::NOEMBED
            | names::NOFRAMES
            | names::RP
            | names::SCRIPT
            | names::STYLE
            | names::TEMPLATE => Role::Hidden,
            names::SELECT => Role::List,
            names::IFRAME | names::SVG | names::TEXTAREA => Role::Replaced,
            _ => Role::Inline,
        }
    }
}

/// Characters of a language tag: it takes no more (RFC 5646, section 4.4.1).
const LONGEST_TAG: usize = 35;

/// How an element ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By its own end tag.
    Tag,
    /// Because of another element.
    Implied,
    /// With the page.
    OfPage,
}

/// Collects the title and the text.
#[derive(Debug, Default)]
pub(super) struct TextCollector {
    title: String,
    text: String,
    /// Readings that stand beside the current line.
    readings: String,
    in_title: u32,
    /// A page has one title: the first.
    titled: bool,
    hidden: u32,
    reading: u32,
    /// Where the text was when each open element of those that are repeated
    /// began, how much of it stood in links, and how many headings there were.
    repeated: Vec<(usize, usize, usize)>,
    hidden_words: bool,
    language: String,
    headings: Vec<Heading>,
    /// The headings that are open.
    open_headings: Vec<usize>,
    /// What a link can lead to, for the next heading to take.
    anchor: Option<String>,
    /// Bytes of the text that stand in links.
    linked: usize,
}

impl TextCollector {
    pub(super) fn open(&mut self, role: Role) {
        match role {
            Role::Inline => {}
            Role::Block => self.end_line(),
            Role::Heading(level) => {
                self.end_line();
                let start = self.text.len() as u32;
                let anchor = self.anchor.take().unwrap_or_default();
                self.open_headings.push(self.headings.len());
                self.headings.push(Heading {
                    start,
                    end: start,
                    level,
                    anchor,
                });
            }
            Role::Title => self.in_title += 1,
            Role::Hidden => self.hidden += 1,
            Role::Replaced => {
                self.end_line();
                self.hidden += 1;
            }
            Role::Repeated | Role::List => {
                self.end_line();
                self.repeated.push((
                    self.text.len(),
                    self.linked,
                    self.headings.len(),
                ));
            }
            Role::Reading => {
                self.reading += 1;
                self.readings.push(' ');
            }
        }
    }

    pub(super) fn close(&mut self, role: Role, end: End) {
        match role {
            Role::Inline => {}
            Role::Block => self.end_line(),
            Role::Heading(_) => {
                let end = self.text.len() as u32;
                let open = self
                    .open_headings
                    .pop()
                    .and_then(|nth| self.headings.get_mut(nth));
                if let Some(heading) = open {
                    heading.end = end;
                }
                self.end_line();
            }
            Role::Title => {
                self.in_title = self.in_title.saturating_sub(1);
                self.titled |= self.hidden == 0;
            }
            Role::Hidden | Role::Replaced => {
                self.hidden = self.hidden.saturating_sub(1)
            }
            Role::Repeated | Role::List => {
                self.end_line();
                let Some((began, linked, headings)) = self.repeated.pop()
                else {
                    return;
                };
                if end == End::Tag
                    || (end == End::Implied && role == Role::List)
                {
                    self.note_hidden(began);
                    self.text.truncate(began);
                    self.linked = linked;
                    self.headings.truncate(headings);
                }
            }
            Role::Reading => {
                self.reading = self.reading.saturating_sub(1);
                self.readings.push(' ');
            }
        }
    }

    /// Makes room for a text of about this length.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Takes note of an `id` that belongs to the next heading.
    pub(super) fn anchor(&mut self, id: &str) {
        if self.hidden == 0 && !id.is_empty() {
            self.anchor = Some(id.to_owned());
        }
    }

    /// Takes note of the page's language. The first one counts.
    pub(super) fn language(&mut self, tag: &str) {
        if self.language.is_empty() {
            self.language = tag.trim().chars().take(LONGEST_TAG).collect();
        }
    }

    /// Takes note of text that is not for reading.
    pub(super) fn note_hidden_words(&mut self, text: &str) {
        self.hidden_words = self.hidden_words || words(text).next().is_some();
    }

    /// Takes note that something has words that are not for reading.
    pub(super) fn has_hidden_words(&mut self) {
        self.hidden_words = true;
    }

    /// Adds text without NUL, which may stand in a link.
    pub(super) fn text(&mut self, text: &str, linked: bool) {
        if self.hidden > 0 {
            self.note_hidden_words(text);
            return;
        }
        let target = match (self.in_title > 0, self.titled, self.reading > 0) {
            (true, true, _) => return,
            (true, false, _) => &mut self.title,
            (false, _, true) => &mut self.readings,
            (false, _, false) => {
                self.linked += if linked { text.len() } else { 0 };
                &mut self.text
            }
        };
        target.push_str(text);
    }

    fn note_hidden(&mut self, from: usize) {
        if !self.hidden_words {
            self.hidden_words = words(&self.text[from..]).next().is_some();
        }
    }

    /// Ends the line, if this is a place that is seen.
    fn end_line(&mut self) {
        if self.hidden > 0 {
            return;
        }
        if !self.readings.is_empty() {
            let readings = std::mem::take(&mut self.readings);
            self.text.push(' ');
            self.text.push_str(
                &readings.split_whitespace().collect::<Vec<_>>().join(" "),
            );
        }
        if !matches!(self.text.as_bytes(), [] | [.., b'\n']) {
            self.text.push('\n');
        }
    }

    pub(super) fn page(mut self) -> Page {
        self.end_line();
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        let cut = text.len() - text.trim_start().len();
        text.drain(..cut);
        let cut = cut as u32;
        let within = |at: u32| at.saturating_sub(cut).min(text.len() as u32);
        for heading in &mut self.headings {
            (heading.start, heading.end) =
                (within(heading.start), within(heading.end));
        }
        // Where the first word begins behind a heading's start. Headings are in
        // order, so no part of the text is looked at for two of them.
        let mut word = 0;
        self.headings.retain(|heading| {
            let (start, end) = (heading.start as usize, heading.end as usize);
            if start > end || !text.is_char_boundary(start) {
                return false;
            }
            if word < start || word == 0 {
                let rest = &text[start..];
                word = match words(rest).find_next() {
                    Some(found) => start + found.at(),
                    None => usize::MAX,
                };
            }
            word < end
        });
        // A link to the page's own heading is one to the page.
        if let Some(own) =
            self.headings.iter_mut().find(|heading| heading.level == 1)
        {
            own.anchor.clear();
        }
        let linked = (100 * self.linked / text.len().max(1)).min(100) as u8;
        let outline = Outline {
            language: self.language,
            headings: self.headings,
            linked,
        };
        Page { title, text, outline, hidden_words: self.hidden_words }
    }
}
