//! XHTML, by the rules of XML: tags close what they open and nothing else.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::entities::Entities;
use super::links::{Attributes, Links};
use super::names::{
    ANNOTATION, ANNOTATION_XML, IFRAME, MI, MN, MO, MS, MTEXT, Name, UNKNOWN,
};
use super::text::Role;
use super::tokens::{add_frame, read_html};
use super::tree::Tree;
use super::{Page, TooDeep};
use crate::program::digest::extract::Extract;
use crate::program::digest::packed::Packed;

/// Reads a page, with its links if they are wanted. What is not well-formed is
/// read as HTML: a browser would show an error instead.
///
/// # Errors
/// If it is nested too deep.
pub(in crate::program::digest) fn read_xhtml(
    xml: &str,
    extract: Extract,
) -> Result<(Page, Links), TooDeep> {
    match well_formed(xml, extract) {
        Some(read) => read,
        None => read_html(xml, extract),
    }
}

fn well_formed(
    xml: &str,
    extract: Extract,
) -> Option<Result<(Page, Links), TooDeep>> {
    let mut tree = Tree::new(extract == Extract::TextAndLinks);
    let mut entities = Entities::new(xml);
    let has_root = read(xml, &mut tree, &mut entities)?;
    has_root.then(|| tree.finish())
}

/// Reads a document, or what an entity stands for. Returns whether there is an
/// element; nothing if it is not well-formed.
fn read(xml: &str, tree: &mut Tree, entities: &mut Entities) -> Option<bool> {
    let mut reader = Reader::from_str(xml);
    let (mut depth, mut root) = (0_usize, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let (name, role) = element(&tag);
                let attributes = attributes(&tag, entities)?;
                tree.note_links(name, &attributes);
                let role = tree.note_outline(name, role, &attributes);
                if name == IFRAME {
                    add_frame(tree, &attributes);
                }
                tree.push_plain(name, role);
                (depth, root) = (depth + 1, true);
            }
            Event::Empty(tag) => {
                let (name, role) = element(&tag);
                let attributes = attributes(&tag, entities)?;
                tree.note_links(name, &attributes);
                if name == IFRAME {
                    add_frame(tree, &attributes);
                }
                tree.void(role);
                root = true;
            }
            Event::End(_) => {
                tree.pop_plain();
                depth = depth.checked_sub(1)?;
            }
            Event::Text(text) => tree.add_text(&text),
            Event::CData(text) => tree.add_text(&text),
            Event::GeneralRef(name) => match entities.begin(&name)? {
                Some(text) => {
                    read(&text, tree, entities)?;
                    entities.end();
                }
                None => {
                    tree.add_text(&htmlize::unescape(format!("&{};", &*name)))
                }
            },
            Event::DocType(doctype) => entities.declare(&doctype),
            Event::Eof if depth == 0 => return Some(root),
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// The element's number, whatever prefix its name has, and its role.
fn element(tag: &BytesStart<'_>) -> (Name, Role) {
    let name =
        Packed::new(tag.local_name().as_ref().as_bytes()).and_then(Name::known);
    let name = name.unwrap_or(UNKNOWN);
    let role = match name {
        // Of MathML, as in a page of HTML.
        ANNOTATION | ANNOTATION_XML => Role::Hidden,
        MI | MN | MO | MS | MTEXT => Role::Block,
        _ => Role::of(name),
    };
    (name, role)
}

/// The attributes of a tag; nothing if what they refer to has no end.
fn attributes<'a>(
    tag: &'a BytesStart<'_>,
    entities: &mut Entities,
) -> Option<Attributes<'a>> {
    let mut attributes = Attributes::default();
    for attribute in tag.attributes().with_checks(false).flatten() {
        let name = attribute.key.local_name();
        let value = match entities.is_empty() {
            true => attribute.value,
            false => entities.expand(attribute.value)?,
        };
        // Here `ID` is another name than `id`.
        if !name.as_ref().bytes().any(|byte| byte.is_ascii_uppercase()) {
            attributes.push(name.as_ref().as_bytes(), || {
                htmlize::unescape_attribute(value)
            });
        }
    }
    Some(attributes)
}
