//! HTML into a title and the text that a reader sees.
//!
//! The parser is `lol_html`, by measurement (`just bench chapter-06`): of those that
//! tokenize as the HTML standard says it takes the least time. It does not unescape character
//! references; `htmlize` does, where there are any.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use lol_html::html_content::{Element, TextType};
use lol_html::{HtmlRewriter, MemorySettings, Settings, doc_text, element, end_tag};

use crate::program::directives::{AGENT, Directives};

/// The title and the text of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The `<title>`, on one line.
    pub title: String,
    /// The visible text of the body. Blocks are separated by line feeds.
    pub text: String,
}

/// Where a page leads, and what it asks of those who go there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The first `<base href>`: its links are relative to this and not to the page itself.
    pub base: Option<String>,
    /// Each `href` of an `<a>` or `<area>` without `rel=nofollow`, as it stands there, but without
    /// its fragment.
    pub hrefs: BTreeSet<String>,
    /// The directives of its `<meta name=robots>`.
    pub directives: Directives,
}

/// Bytes that the parser may hold for one page. A page of ordinary depth takes a few thousand; one
/// of millions of open elements would take a hundred times its own size.
const MEMORY: usize = 32 << 20;

/// The elements of the page are nested so deep that reading it would take too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its elements are nested too deep")]
pub struct TooDeep;

/// Reads a page. Anything is a page: what cannot be parsed is passed over, as browsers do.
///
/// # Errors
/// If it is nested too deep.
pub fn read(html: &str) -> Result<Page, TooDeep> {
    let collector = Rc::new(TextCollector::default());
    parse(html, settings(&collector))?;
    Ok(collector.page())
}

/// Reads a page and its links, in one pass.
///
/// # Errors
/// If it is nested too deep.
pub fn read_with_links(html: &str) -> Result<(Page, Links), TooDeep> {
    let (collector, links) =
        (Rc::new(TextCollector::default()), Rc::new(RefCell::new(Links::default())));
    let found = Rc::clone(&links);
    // lol_html looks for these while it looks for the rest; a page that is read without its links
    // pays nothing for them.
    let linking =
        element!("a[href], area[href], base[href], meta[name][content]", move |element| {
            found.borrow_mut().note(element);
            Ok(())
        });
    parse(html, settings(&collector).append_element_content_handler(linking))?;
    Ok((collector.page(), links.take()))
}

fn parse(html: &str, settings: Settings<'_, '_>) -> Result<(), TooDeep> {
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // The handlers never fail, so an error can only be that of the memory limit.
    rewriter.write(html.as_bytes()).and_then(|()| rewriter.end()).map_err(|_| TooDeep)
}

fn settings(collector: &Rc<TextCollector>) -> Settings<'static, 'static> {
    let (elements, chunks) = (Rc::clone(collector), Rc::clone(collector));
    Settings::new()
        .with_strict(false)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY))
        .append_element_content_handler(element!("*", move |element| {
            let role = Role::of(&element.tag_name());
            if role == Role::Inline {
                return Ok(());
            }
            elements.open(role);
            match element.end_tag_handlers() {
                Some(handlers) => {
                    let collector = Rc::clone(&elements);
                    handlers.push(end_tag!(move |_| {
                        collector.close(role);
                        Ok(())
                    }));
                }
                // A void element, such as `br`, closes where it opens.
                None => elements.close(role),
            }
            Ok(())
        }))
        .append_document_content_handler(doc_text!(move |chunk| {
            chunks.text(chunk.as_str(), chunk.text_type());
            Ok(())
        }))
}

impl Links {
    fn note(&mut self, element: &Element<'_, '_>) {
        // lol_html hands attributes over as they are written.
        let get = |name| {
            let value = element.get_attribute(name)?;
            Some(htmlize::unescape_attribute(value).into_owned())
        };
        let is = |value: Option<String>, word: &str| {
            let value = value.unwrap_or_default();
            value.split_ascii_whitespace().any(|part| part.eq_ignore_ascii_case(word))
        };
        match &*element.tag_name() {
            "meta" if is(get("name"), "robots") || is(get("name"), AGENT) => {
                let asked = Directives::of_meta(&get("content").unwrap_or_default());
                self.directives = self.directives.and(asked);
            }
            "meta" => {}
            "base" => self.base = self.base.take().or_else(|| get("href")),
            _ if is(get("rel"), "nofollow") => {}
            _ => {
                let href = get("href").unwrap_or_default();
                let page = href.split('#').next().unwrap_or_default();
                // A page that links to a part of itself does so often.
                if !self.hrefs.contains(page) {
                    self.hrefs.insert(page.to_owned());
                }
            }
        }
    }
}

/// The effect of an element on the text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Part of a line: its ends do not end a word.
    Inline,
    /// Begins and ends a line.
    Block,
    /// Its text is the title.
    Title,
    /// Its text is not for reading, or is repeated on every page.
    Hidden,
}

impl Role {
    fn of(name: &str) -> Self {
        match name {
            "a" | "abbr" | "b" | "bdi" | "bdo" | "big" | "cite" | "code" | "data" | "del"
            | "dfn" | "em" | "font" | "i" | "ins" | "kbd" | "label" | "mark" | "q" | "rb"
            | "ruby" | "s" | "samp" | "small" | "span" | "strong" | "sub" | "sup" | "time"
            | "tt" | "u" | "var" | "wbr" => Role::Inline,
            "title" => Role::Title,
            "button" | "iframe" | "nav" | "noscript" | "object" | "script" | "select" | "style"
            | "svg" | "template" | "textarea" => Role::Hidden,
            _ => Role::Block,
        }
    }
}

#[derive(Default)]
struct TextCollector {
    title: RefCell<String>,
    text: RefCell<String>,
    in_title: Cell<u32>,
    /// A page has one title: the first.
    titled: Cell<bool>,
    hidden: Cell<u32>,
}

impl TextCollector {
    fn open(&self, role: Role) {
        match role {
            Role::Inline => {}
            Role::Block => self.end_line(),
            Role::Title => self.in_title.set(self.in_title.get() + 1),
            Role::Hidden => {
                self.end_line();
                self.hidden.set(self.hidden.get() + 1);
            }
        }
    }

    fn close(&self, role: Role) {
        match role {
            Role::Inline => {}
            Role::Block => self.end_line(),
            Role::Title => {
                self.in_title.set(self.in_title.get().saturating_sub(1));
                self.titled.set(true);
            }
            Role::Hidden => self.hidden.set(self.hidden.get().saturating_sub(1)),
        }
    }

    fn end_line(&self) {
        let mut text = self.text.borrow_mut();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }

    fn text(&self, raw: &str, kind: TextType) {
        let late = self.in_title.get() > 0 && self.titled.get();
        if late || self.hidden.get() > 0 || !matches!(kind, TextType::Data | TextType::RCData) {
            return;
        }
        // A title inside an SVG is hidden with it; a page's own stands in the head.
        let mut target =
            if self.in_title.get() > 0 { self.title.borrow_mut() } else { self.text.borrow_mut() };
        if raw.contains('&') {
            target.push_str(&htmlize::unescape(raw));
        } else {
            target.push_str(raw);
        }
    }

    fn page(&self) -> Page {
        let title = self.title.borrow().split_whitespace().collect::<Vec<_>>().join(" ");
        let text = self.text.borrow().trim().to_owned();
        Page { title, text }
    }
}

#[cfg(test)]
mod tests;
