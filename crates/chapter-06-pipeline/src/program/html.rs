//! HTML into a title and the text that a reader sees.
//!
//! The parser is `lol_html`, by measurement (`just bench chapter-06`): of those that
//! tokenize as the HTML standard says it takes the least time. It does not unescape character
//! references; `htmlize` does, where there are any.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::html_content::TextType;
use lol_html::{HtmlRewriter, MemorySettings, Settings, doc_text, element, end_tag};

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The `<title>`, on one line.
    pub title: String,
    /// The visible text of the body. Blocks are separated by line feeds.
    pub text: String,
}

/// Bytes that the parser may hold for one page. A page of ordinary depth takes a few thousand; one
/// of millions of open elements would take a hundred times its own size.
const MEMORY: usize = 32 << 20;

/// The page has so many elements inside each other that reading it would take too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its elements are nested too deep")]
pub struct TooDeep;

/// Reads a page. Anything is a page: what cannot be parsed is passed over, as browsers do.
///
/// # Errors
/// If it is nested too deep.
pub fn read(html: &str) -> Result<Page, TooDeep> {
    let state = Rc::new(State::default());
    let (elements, chunks) = (Rc::clone(&state), Rc::clone(&state));
    let settings = Settings::new()
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
                    let state = Rc::clone(&elements);
                    handlers.push(end_tag!(move |_| {
                        state.close(role);
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
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // The handlers never fail, so an error can only be that of the memory limit.
    rewriter.write(html.as_bytes()).and_then(|()| rewriter.end()).map_err(|_| TooDeep)?;
    Ok(state.page())
}

/// What an element means for the text in it.
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
struct State {
    title: RefCell<String>,
    text: RefCell<String>,
    in_title: Cell<u32>,
    /// A page has one title: the first.
    titled: Cell<bool>,
    hidden: Cell<u32>,
}

impl State {
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(html: &str) -> Page {
        super::read(html).expect("the page is not deep")
    }

    #[test]
    fn a_page_that_is_nested_without_end_is_refused() {
        assert_eq!(super::read(&"<div>".repeat(1_000_000)), Err(TooDeep));
    }

    #[test]
    fn a_page_has_a_title_and_lines() {
        let page = read(
            "<!doctype html><head><title>Rust &amp;\n Rayon</title><style>p { color: red }</style></head>\
             <body><nav><a href=x>Home</a></nav><h1>Data</h1><p>par<em>all</em>el<br>work</p>\
             <pre>a &lt; b</pre><script>let x = '<p>no</p>';</script>end",
        );
        assert_eq!(page.title, "Rust & Rayon");
        assert_eq!(page.text, "Data\nparallel\nwork\na < b\nend");
    }

    #[test]
    fn a_wbr_does_not_end_a_word() {
        assert_eq!(read("<p>Hash<wbr>Map</p>").text, "HashMap");
    }

    #[test]
    fn what_is_not_html_is_text() {
        assert_eq!(read("5 < 6 && 7 > 6").text, "5 < 6 && 7 > 6");
        assert_eq!(read(""), Page::default());
        assert_eq!(read("<title>A</title><title>B</title>").title, "A");
    }

    proptest! {
        #[test]
        fn no_input_panics(html in "(<(p|/p|b|nav|/nav|title|/title|script|svg|!--|br/|x y='>)>|&(lt|#x1F600|#0|bogus);|[a<>&'\"= ]|\\PC){0,60}") {
            read(&html);
        }
    }
}
