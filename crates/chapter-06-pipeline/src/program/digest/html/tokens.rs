//! A page cut into tags and text, by `html5gum`.

use std::convert::Infallible;

use html5gum::{Emitter, Error, State, Tokenizer};

use super::links::{Attributes, Links};
use super::names::number;
use super::tree::{Content, Tree};
use super::{Page, TooDeep};
use crate::program::digest::extract::Extract;

/// Reads a page, with its links if they are wanted.
///
/// # Errors
/// If it is nested too deep.
pub(in crate::program::digest) fn read_html(
    html: &str,
    extract: Extract,
) -> Result<(Page, Links), TooDeep> {
    let tree = Tree::new(extract == Extract::TextAndLinks);
    let mut tokens = Tokens { tree, ..Tokens::default() };
    let Ok(()) = Tokenizer::new_with_emitter(html, Reader(&mut tokens)).finish();
    tokens.tree.finish()
}

/// What the tokenizer has read of the current token.
#[derive(Debug, Default)]
struct Tokens {
    tree: Tree,
    text: Vec<u8>,
    /// Whether the tag is an end tag.
    is_end: bool,
    name: Vec<u8>,
    last_start: Vec<u8>,
    self_closing: bool,
    /// Whether the attributes of this tag decide anything; not known before its first one.
    wanted: Option<bool>,
    attribute: Vec<u8>,
    value: Vec<u8>,
    attributes: Attributes,
}

/// Gets the tokenizer's calls.
struct Reader<'a>(&'a mut Tokens);

impl Tokens {
    /// Hands over the text before a tag.
    fn flush_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        match std::str::from_utf8(&self.text) {
            Ok(text) => self.tree.add_text(text),
            Err(_) => self.tree.add_text(&String::from_utf8_lossy(&self.text)),
        }
        self.text.clear();
    }

    fn begin_tag(&mut self, is_end: bool) {
        self.flush_text();
        self.is_end = is_end;
        self.name.clear();
        self.self_closing = false;
        self.wanted = None;
        self.attribute.clear();
        self.value.clear();
        self.attributes.clear();
    }

    fn flush_attribute(&mut self) {
        if self.wanted == Some(true) && !self.attribute.is_empty() {
            let [name, value] =
                [&self.attribute, &self.value].map(|bytes| String::from_utf8_lossy(bytes));
            self.attributes.push(&name, &value);
        }
        self.attribute.clear();
        self.value.clear();
    }
}

impl Emitter for Reader<'_> {
    type Token = Infallible;

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.0.last_start = name.unwrap_or_default().to_vec();
    }

    fn emit_eof(&mut self) {
        self.0.flush_text();
    }

    fn emit_error(&mut self, _: Error) {}

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    #[inline]
    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    #[inline]
    fn emit_string(&mut self, text: &[u8]) {
        self.0.text.extend_from_slice(text);
    }

    fn init_start_tag(&mut self) {
        self.0.begin_tag(false);
    }

    fn init_end_tag(&mut self) {
        // Until it is complete it may still be text, as in a script: that goes on then.
        self.0.is_end = true;
        self.0.name.clear();
        self.0.wanted = Some(false);
    }

    fn init_comment(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        let tokens = &mut *self.0;
        tokens.flush_text();
        let name = number(&tokens.name);
        if tokens.is_end {
            tokens.tree.end(name);
            return None;
        }
        tokens.flush_attribute();
        std::mem::swap(&mut tokens.last_start, &mut tokens.name);
        match tokens.tree.start(name, tokens.self_closing, &tokens.attributes) {
            Content::Markup => None,
            Content::Rcdata => Some(State::RcData),
            Content::Rawtext => Some(State::RawText),
            Content::Script => Some(State::ScriptData),
            Content::Plaintext => Some(State::PlainText),
        }
    }

    fn emit_current_comment(&mut self) {}

    fn emit_current_doctype(&mut self) {}

    fn set_self_closing(&mut self) {
        self.0.self_closing = true;
    }

    fn set_force_quirks(&mut self) {}

    #[inline]
    fn push_tag_name(&mut self, name: &[u8]) {
        self.0.name.extend_from_slice(name);
    }

    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        let tokens = &mut *self.0;
        if tokens.wanted.is_none() {
            tokens.wanted = Some(tokens.tree.wants_attributes(number(&tokens.name)));
        }
        tokens.flush_attribute();
    }

    #[inline]
    fn push_attribute_name(&mut self, name: &[u8]) {
        if self.0.wanted == Some(true) {
            self.0.attribute.extend_from_slice(name);
        }
    }

    #[inline]
    fn push_attribute_value(&mut self, value: &[u8]) {
        if self.0.wanted == Some(true) {
            self.0.value.extend_from_slice(value);
        }
    }

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.0.is_end && !self.0.last_start.is_empty() && self.0.last_start == self.0.name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.tree.is_foreign()
    }
}
