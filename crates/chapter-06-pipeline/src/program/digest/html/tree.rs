//! The elements that are open, by the HTML standard's rules for building a tree
//! (section 13.2.6).
//!
//! Only what decides which text is seen is kept: which elements are open, and
//! what a tag closes beside its own element. No node is made, nothing is moved
//! in front of a table, and formatting elements are not opened again in the
//! next block: none of this hides a word. Each rule takes the same time however
//! many elements are open, because each element knows the next one below it
//! that bounds a search.

use super::links::{Attributes, Links};
use super::names::*;
use super::text::{End, Role, TextCollector};
use super::{Page, TooDeep};

/// Elements that may be open at once. Browsers stop at 512.
const DEEPEST: usize = 100_000;

/// Pages that may stand in each other. Each has all of its inner ones once
/// more, as text.
const MOST_WITHIN: u32 = 4;

/// How the tokenizer goes on after a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// With markup.
    Markup,
    /// With text and character references, up to the end tag.
    Rcdata,
    /// With text, up to the end tag.
    Rawtext,
    /// The same, but it begins with [`Tree::begin_frame`], when the page that
    /// its tag has was added.
    Frame,
    /// With a script.
    Script,
    /// With text, up to the end of the page.
    Plaintext,
}

/// The vocabulary of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    Html,
    Svg,
    Math,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    name: Name,
    role: Role,
    space: Space,
    /// HTML may stand in this foreign element: all of it, or text and all but
    /// two elements.
    integration: Option<Integration>,
    /// Where the next one with the same name is below, counted from 1, as all
    /// such places.
    same: u32,
    /// The nearest one from here down that is of HTML.
    html: u32,
    /// The nearest one from here down that is special.
    special: u32,
    /// The nearest one from here down that ends a list item's search.
    blocker: u32,
    /// The nearest one from here down that bounds a scope.
    scope: u32,
}

/// A form that has not ended by its own end tag.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// This many elements are open below it.
    Open(u32),
    /// What it stood in was closed, or it stands between the rows of a table.
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Integration {
    Html,
    MathText,
}

/// The open elements of a page, its text and its links.
#[derive(Debug, Default)]
pub(super) struct Tree {
    open: Vec<Open>,
    /// For each name of an HTML element the topmost one that is open, counted
    /// from 1.
    last: Places,
    /// The same for foreign elements.
    last_foreign: Places,
    /// The form, if one has begun and not ended. It bounds searches for an end,
    /// but what is in it goes on behind it. Hence it is not among the open
    /// elements.
    form: Option<Form>,
    pub(super) text: TextCollector,
    links: Option<Links>,
    too_deep: bool,
    /// How many pages this one stands in.
    within: u32,
}

/// For each name a place among the open elements, counted from 1, or 0.
#[derive(Debug, Default)]
struct Places(Vec<u32>);

impl Places {
    fn get(&self, name: Name) -> u32 {
        self.0.get(name.index()).copied().unwrap_or(0)
    }

    /// Sets a name's place, and returns the one before.
    fn set(&mut self, name: Name, place: u32) -> u32 {
        if name.index() >= self.0.len() {
            self.0.resize(KNOWN.max(2 * name.index()), 0);
        }
        std::mem::replace(&mut self.0[name.index()], place)
    }
}

/// Bounds of a search for an open element.
#[derive(Clone, Copy, Debug)]
enum Scope {
    Any,
    Button,
    ListItem,
    Table,
}

impl Tree {
    pub(super) fn new(links: bool) -> Self {
        Tree { links: links.then(Links::default), ..Tree::default() }
    }

    /// Whether a start tag's attributes decide anything.
    pub(super) fn wants_attributes(&self, name: Name) -> bool {
        match name {
            A | AREA | BASE | FRAME | META => self.links.is_some(),
            HTML | IFRAME | SECTION | H1 | H2 | H3 | H4 | H5 | H6 | DT => true,
            FONT | ANNOTATION_XML => self.is_foreign(),
            _ => false,
        }
    }

    /// Whether the innermost element is none of HTML.
    pub(super) fn is_foreign(&self) -> bool {
        self.open.last().is_some_and(|top| top.space != Space::Html)
    }

    /// Whether text here is none of HTML: the innermost element is not, and may
    /// not hold any.
    pub(super) fn is_foreign_text(&self) -> bool {
        self.open.last().is_some_and(|top| {
            top.space != Space::Html && top.integration.is_none()
        })
    }

    pub(super) fn start(
        &mut self,
        name: Name,
        self_closing: bool,
        attributes: &Attributes<'_>,
    ) -> Content {
        if is_plain(name)
            && let Some(top) = self.open.last()
            && top.space == Space::Html
            && self.open.len() < DEEPEST
        {
            self.push_plain_inline(name);
            return Content::Markup;
        }
        let by_html = self.open.last().is_none_or(|top| {
            match (top.space, top.integration) {
                (Space::Html, _) | (_, Some(Integration::Html)) => true,
                (_, Some(Integration::MathText)) => {
                    !matches!(name, MGLYPH | MALIGNMARK)
                }
                (Space::Math, None) => {
                    top.name == ANNOTATION_XML && name == SVG
                }
                (Space::Svg, None) => false,
            }
        });
        if by_html {
            return self.html_start(name, self_closing, attributes);
        }
        if breaks_out(name, attributes) {
            self.leave_foreign();
            return self.html_start(name, self_closing, attributes);
        }
        self.note_links(name, attributes);
        let space = self.open.last().map_or(Space::Html, |top| top.space);
        let role = match (space, name) {
            (Space::Math, ANNOTATION | ANNOTATION_XML) => Role::Hidden,
            (Space::Math, _) => Role::Block,
            _ => Role::Inline,
        };
        let integration = match (space, name) {
            (Space::Svg, FOREIGN_OBJECT | DESC | TITLE) => {
                Some(Integration::Html)
            }
            (Space::Math, MI | MO | MN | MS | MTEXT) => {
                Some(Integration::MathText)
            }
            (Space::Math, ANNOTATION_XML) => attributes
                .get("encoding")
                .is_some_and(|it| {
                    it.eq_ignore_ascii_case("text/html")
                        || it.eq_ignore_ascii_case("application/xhtml+xml")
                })
                .then_some(Integration::Html),
            _ => None,
        };
        if self_closing {
            self.void(role);
        } else {
            self.push(name, role, space, integration);
        }
        Content::Markup
    }

    fn html_start(
        &mut self,
        name: Name,
        self_closing: bool,
        attributes: &Attributes<'_>,
    ) -> Content {
        self.note_links(name, attributes);
        let role = self.note_outline(name, Role::of(name), attributes);
        match name {
            // There is one of each, whatever the page says, and no text before
            // it: no line ends here.
            HTML | HEAD | BODY | FRAMESET => {}
            FORM => {
                // One in another is nothing.
                if self.form.is_none() {
                    let in_table = |top: &Open| {
                        matches!(top.name, TABLE | TBODY | THEAD | TFOOT | TR)
                    };
                    let left = self.open.last().is_some_and(in_table);
                    if !left {
                        self.close_p();
                    }
                    let open = Form::Open(self.open.len() as u32);
                    self.form = Some(if left { Form::Left } else { open });
                    self.void(role);
                }
            }
            AREA | BASE | BASEFONT | BGSOUND | BR | EMBED | FRAME | IMAGE
            | IMG | KEYGEN | LINK | META | PARAM | SOURCE | TRACK | WBR => {
                self.void(role)
            }
            INPUT => {
                if let Some(at) = self.find(SELECT, Scope::Any) {
                    self.pop_to(at, End::Implied);
                }
                self.void(role);
            }
            // One in another is its end.
            SELECT if self.find(SELECT, Scope::Any).is_some() => {
                self.html_end(SELECT)
            }
            HR => {
                self.close_p();
                self.void(role);
            }
            TITLE | TEXTAREA => {
                return self.push_text(name, role, Content::Rcdata);
            }
            IFRAME => return Content::Frame,
            STYLE | NOFRAMES | NOEMBED => {
                return self.push_text(name, role, Content::Rawtext);
            }
            XMP => {
                self.close_p();
                return self.push_text(name, role, Content::Rawtext);
            }
            SCRIPT => return self.push_text(name, role, Content::Script),
            PLAINTEXT => {
                self.close_p();
                return self.push_text(name, role, Content::Plaintext);
            }
            SVG | MATH => {
                let space = if name == SVG { Space::Svg } else { Space::Math };
                if self_closing {
                    self.void(role);
                } else {
                    self.push(name, role, space, None);
                }
            }
            CAPTION | COL | COLGROUP | TBODY | THEAD | TFOOT | TR | TD | TH => {
                self.table_part(name, role);
            }
            _ => {
                self.close_before(name);
                self.push(name, role, Space::Html, None);
            }
        }
        Content::Markup
    }

    /// Closes what does not go on beside a new element.
    fn close_before(&mut self, name: Name) {
        match name {
            H1 | H2 | H3 | H4 | H5 | H6 => {
                self.close_p();
                if self.open.last().is_some_and(|top| is_heading(top.name)) {
                    self.pop_to(self.open.len() - 1, End::Implied);
                }
            }
            LI | DD | DT => {
                let blocker = self.open.last().map_or(0, |top| top.blocker);
                let open = match name {
                    LI => self.last_of(LI),
                    _ => self.last_of(DD).max(self.last_of(DT)),
                };
                // The item itself is special, so it bounds the search it ends.
                if open > 0 && open >= blocker {
                    self.pop_to(open as usize - 1, End::Implied);
                }
                self.close_p();
            }
            BUTTON => {
                if let Some(at) = self.find(BUTTON, Scope::Any) {
                    self.pop_to(at, End::Implied);
                }
            }
            A | NOBR => {
                let at = self.last_of(name);
                if at > 0 && at > self.special() {
                    self.pop_to(at as usize - 1, End::Implied);
                }
            }
            OPTION | OPTGROUP => {
                if self.open.last().is_some_and(|top| top.name == OPTION) {
                    self.pop_to(self.open.len() - 1, End::Implied);
                }
                if name == OPTGROUP
                    && self.open.last().is_some_and(|top| top.name == OPTGROUP)
                {
                    self.pop_to(self.open.len() - 1, End::Implied);
                }
            }
            RB | RTC | RP | RT => {
                let implied = |top: &Open| match name {
                    RB | RTC => matches!(top.name, RB | RP | RT | RTC),
                    _ => matches!(top.name, RB | RP | RT),
                };
                if self.find(RUBY, Scope::Any).is_some() {
                    while self.open.last().is_some_and(implied) {
                        self.pop_to(self.open.len() - 1, End::Implied);
                    }
                }
            }
            TABLE => {
                // In a table, and in none of the elements in which another one
                // may stand.
                let table = self.last_of(TABLE);
                let within =
                    [TD, TH, CAPTION, TEMPLATE].map(|name| self.last_of(name));
                if within.iter().all(|it| *it < table) {
                    self.pop_to(table as usize - 1, End::Implied);
                } else {
                    self.close_p();
                }
            }
            _ if closes_p(name) => self.close_p(),
            _ => {}
        }
    }

    /// A part of a table closes everything in the table that it cannot stand
    /// in.
    fn table_part(&mut self, name: Name, role: Role) {
        let table = self.find(TABLE, Scope::Table);
        let in_template =
            self.last_of(TEMPLATE) > table.map_or(0, |at| at as u32 + 1);
        let Some(table) = table.filter(|_| !in_template) else {
            // Outside of a table it is no element.
            if in_template && name != COL {
                self.push(name, role, Space::Html, None);
            }
            return;
        };
        let below = |names: &[Name]| {
            let open =
                names.iter().map(|name| self.last_of(*name)).max().unwrap_or(0);
            (open as usize).max(table + 1)
        };
        let keep = match name {
            TR => below(&[TBODY, THEAD, TFOOT]),
            TD | TH => below(&[TR, TBODY, THEAD, TFOOT]),
            COL => below(&[COLGROUP]),
            _ => table + 1,
        };
        self.pop_to(keep, End::Implied);
        if name == COL {
            self.void(role);
        } else {
            self.push(name, role, Space::Html, None);
        }
    }

    /// The innermost element, if its end tag would end it and nothing else.
    #[inline]
    pub(super) fn innermost(&self) -> Option<Name> {
        let top = self.open.last()?;
        // A form that began in it bounds the search for it.
        let bound = match self.form {
            Some(Form::Open(below)) => below as usize,
            _ => 0,
        };
        (self.open.len() > bound).then_some(top.name)
    }

    /// Ends the [innermost](Self::innermost) element by its end tag.
    #[inline]
    pub(super) fn end_innermost(&mut self) {
        if let Some(open) = self.open.pop() {
            let is_html = open.space == Space::Html;
            let last =
                if is_html { &mut self.last } else { &mut self.last_foreign };
            last.set(open.name, open.same);
            self.text.close(open.role, End::Tag);
        }
    }

    pub(super) fn end(&mut self, name: Name) {
        if self.innermost() == Some(name) {
            return self.end_innermost();
        }
        if self.is_foreign() {
            if matches!(name, P | BR) {
                self.leave_foreign();
            } else {
                // An element of HTML below bounds the search.
                let html = self.open.last().map_or(0, |top| top.html);
                let at = self.last_foreign.get(name);
                if at > html {
                    return self.pop_to(at as usize - 1, End::Tag);
                }
            }
        }
        self.html_end(name);
    }

    fn html_end(&mut self, name: Name) {
        let at = match name {
            FORM => {
                let scopes = self.open.last().map_or(0, |top| top.scope);
                if let Some(Form::Open(below)) = self.form.take()
                    && below >= scopes
                {
                    // Ends that the form's implies.
                    while self.open.len() > below as usize
                        && self
                            .open
                            .last()
                            .is_some_and(|top| ends_by_itself(top.name))
                    {
                        self.pop_to(self.open.len() - 1, End::Implied);
                    }
                    match self.open.get_mut(below as usize) {
                        // What is still open in the form goes on, and so does
                        // its box.
                        Some(inner) if inner.role == Role::Inline => {
                            inner.role = Role::Block
                        }
                        Some(_) => {}
                        None => self.void(Role::of(name)),
                    }
                }
                return;
            }
            // What comes behind the end of the page is still the page.
            BODY | HTML | HEAD | FRAMESET => return,
            BR => return self.void(Role::Block),
            P => {
                let at = self.find(P, Scope::Button);
                if at.is_none() {
                    self.void(Role::Block);
                }
                at
            }
            LI => self.find(LI, Scope::ListItem),
            H1 | H2 | H3 | H4 | H5 | H6 => {
                let headings = [H1, H2, H3, H4, H5, H6];
                headings
                    .iter()
                    .filter_map(|name| self.find(*name, Scope::Any))
                    .max()
            }
            TABLE | CAPTION | COLGROUP | TBODY | THEAD | TFOOT | TR | TD
            | TH => self.find(name, Scope::Table),
            TEMPLATE => (self.last_of(TEMPLATE) as usize).checked_sub(1),
            _ if ends_by_scope(name) => self.find(name, Scope::Any),
            _ => {
                // A special element bounds the search that it ends.
                let at = self.last_of(name);
                let form = match self.form {
                    Some(Form::Open(below)) => below,
                    _ => 0,
                };
                if at > 0 && at >= self.special() && (at > form || form == 0) {
                    Some(at as usize - 1)
                } else if self.closes_across(name, at) {
                    Some(self.special().max(form) as usize)
                } else {
                    None
                }
            }
        };
        if let Some(at) = at {
            self.pop_to(at, End::Tag);
        }
    }

    /// Whether the end tag of a formatting element that is open here ends what
    /// is open above the special elements in it: a drawing, say. They
    /// themselves go on ("adoption agency algorithm", which goes over eight of
    /// them).
    fn closes_across(&self, name: Name, at: u32) -> bool {
        let scopes = self.open.last().map_or(0, |top| top.scope);
        if !is_formatting(name) || at == 0 || at < scopes {
            return false;
        }
        let mut specials = u32::from(
            matches!(self.form, Some(Form::Open(below)) if below >= at),
        );
        let mut special = self.special();
        while special > at && specials < 8 {
            special = self
                .open
                .get(special as usize - 2)
                .map_or(0, |below| below.special);
            specials += 1;
        }
        specials < 8
    }

    /// The page, once all of it was read.
    pub(super) fn finish(mut self) -> Result<(Page, Links), TooDeep> {
        self.close_all();
        if self.too_deep {
            return Err(TooDeep);
        }
        Ok((self.text.page(), self.links.unwrap_or_default()))
    }

    /// The tree of a page that stands in this one, if it may.
    pub(super) fn inner(&self) -> Option<Tree> {
        let within = self.within + 1;
        let links = self.links.is_some();
        (within <= MOST_WITHIN).then(|| Tree { within, ..Tree::new(links) })
    }

    /// Adds a page that stands in this one. Its links are relative to this one.
    pub(super) fn add_inner(&mut self, inner: Result<(Page, Links), TooDeep>) {
        let Ok((page, inner)) = inner else {
            self.too_deep = true;
            return;
        };
        for line in page.text.lines() {
            self.void(Role::Block);
            self.add_clean_text(line);
        }
        self.void(Role::Block);
        if page.hidden_words {
            self.text.has_hidden_words();
        }
        let is_seen = self.last_of(TEMPLATE) == 0;
        if let Some(links) = self.links.as_mut().filter(|_| is_seen) {
            links.add_inner(inner);
        }
    }

    /// Begins an `<iframe>` of HTML.
    pub(super) fn begin_frame(&mut self) {
        self.push(IFRAME, Role::of(IFRAME), Space::Html, None);
    }

    /// Takes note of where a tag leads. What is in a template is no part of the
    /// page.
    #[inline]
    pub(super) fn note_links(
        &mut self,
        name: Name,
        attributes: &Attributes<'_>,
    ) {
        if self.links.is_none() || self.last_of(TEMPLATE) > 0 {
            return;
        }
        let is_drawn = name == A && self.is_foreign_text();
        let Some(links) = &mut self.links else { return };
        match name {
            META => links.note("meta", attributes),
            BASE => links.note("base", attributes),
            A | AREA => links.note_link(attributes, is_drawn),
            FRAME | IFRAME => links.note("frame", attributes),
            _ => {}
        }
    }

    /// Takes note of what an element says of the page's parts, and returns its
    /// role.
    #[inline]
    pub(super) fn note_outline(
        &mut self,
        name: Name,
        role: Role,
        attributes: &Attributes<'_>,
    ) -> Role {
        match name {
            HTML => {
                self.text.language(attributes.get("lang").unwrap_or_default())
            }
            SECTION | H1 | H2 | H3 | H4 | H5 | H6 => {
                self.text.anchor(attributes.get("id").unwrap_or_default());
            }
            DT => {
                if let Some(id) = attributes.get("id") {
                    self.text.anchor(id);
                    return Role::Heading(7);
                }
            }
            _ => {}
        }
        role
    }

    /// Makes room for a text of about this length.
    pub(super) fn expect_text(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Adds text. The standard drops NUL, where others would take it for a
    /// space.
    pub(super) fn add_text(&mut self, text: &str) {
        text.split('\0').for_each(|part| self.add_clean_text(part));
    }

    /// Adds text that has no NUL.
    pub(super) fn add_clean_text(&mut self, text: &str) {
        let linked = self.last_of(A) > 0;
        self.text.text(text, linked);
    }

    fn close_p(&mut self) {
        if let Some(at) = self.find(P, Scope::Button) {
            self.pop_to(at, End::Implied);
        }
    }

    /// Closes foreign elements up to one that HTML may stand in.
    fn leave_foreign(&mut self) {
        while self.is_foreign_text() {
            self.pop_to(self.open.len() - 1, End::Implied);
        }
    }

    /// An element that closes where it opens.
    pub(super) fn void(&mut self, role: Role) {
        self.text.open(role);
        self.text.close(role, End::Tag);
    }

    fn push_text(
        &mut self,
        name: Name,
        role: Role,
        content: Content,
    ) -> Content {
        self.push(name, role, Space::Html, None);
        content
    }

    /// Opens one of the elements that are [plain](is_plain) in another one of
    /// HTML: what bounds a search from there bounds it from here.
    #[inline]
    fn push_plain_inline(&mut self, name: Name) {
        let Some(&top) = self.open.last() else { return };
        let html = self.open.len() as u32 + 1;
        let same = self.last.set(name, html);
        let role = Role::Inline;
        self.open.push(Open { name, role, same, html, ..top });
    }

    /// Opens an element of HTML, as XML does: whatever else is open.
    pub(super) fn push_plain(&mut self, name: Name, role: Role) {
        self.push(name, role, Space::Html, None);
    }

    /// Closes the innermost element.
    pub(super) fn pop_plain(&mut self) {
        if let Some(at) = self.open.len().checked_sub(1) {
            self.pop_to(at, End::Tag);
        }
    }

    fn push(
        &mut self,
        name: Name,
        role: Role,
        space: Space,
        integration: Option<Integration>,
    ) {
        if self.open.len() >= DEEPEST {
            self.too_deep = true;
            return;
        }
        let (below, special, blocker, scope) =
            self.open.last().map_or((0, 0, 0, 0), |top| {
                (top.html, top.special, top.blocker, top.scope)
            });
        let here = self.open.len() as u32 + 1;
        let html = space == Space::Html;
        let bounds = match html {
            true => BOUNDS.get(name.index()).copied().unwrap_or(Bounds::NONE),
            false => Bounds::of_foreign(name, integration),
        };
        let last = if html { &mut self.last } else { &mut self.last_foreign };
        let same = last.set(name, here);
        let mark = |is: bool, below: u32| if is { here } else { below };
        self.open.push(Open {
            name,
            role,
            space,
            integration,
            same,
            html: mark(html, below),
            special: mark(bounds.special, special),
            blocker: mark(bounds.blocker, blocker),
            scope: mark(bounds.scope, scope),
        });
        self.text.open(role);
    }

    /// Closes all elements, because the page is over.
    fn close_all(&mut self) {
        while let Some(open) = self.open.pop() {
            self.text.close(open.role, End::OfPage);
        }
    }

    /// Closes the elements from this one up. `end` is how it ends itself.
    fn pop_to(&mut self, at: usize, end: End) {
        // A form that is closed with what it stands in bounds nothing any more.
        if matches!(self.form, Some(Form::Open(below)) if below as usize > at) {
            self.form = Some(Form::Left);
        }
        while self.open.len() > at
            && let Some(open) = self.open.pop()
        {
            let is_html = open.space == Space::Html;
            let last =
                if is_html { &mut self.last } else { &mut self.last_foreign };
            last.set(open.name, open.same);
            let end = if self.open.len() == at { end } else { End::Implied };
            self.text.close(open.role, end);
        }
    }

    fn last_of(&self, name: Name) -> u32 {
        self.last.get(name)
    }

    fn special(&self) -> u32 {
        self.open.last().map_or(0, |top| top.special)
    }

    /// The topmost open element with this name, if nothing bounds the search
    /// before it.
    fn find(&self, name: Name, scope: Scope) -> Option<usize> {
        let at = self.last_of(name);
        let scopes = self.open.last().map_or(0, |top| top.scope);
        let bound = match scope {
            Scope::Any => scopes,
            Scope::Button => scopes.max(self.last_of(BUTTON)),
            Scope::ListItem => {
                scopes.max(self.last_of(OL)).max(self.last_of(UL))
            }
            Scope::Table => self.last_of(TABLE).max(self.last_of(TEMPLATE)),
        };
        (at > 0 && at >= bound).then(|| at as usize - 1)
    }
}

/// Elements of HTML that are a part of a line and nothing else: most of all
/// that are met. No rule speaks of their start tags.
fn is_plain(name: Name) -> bool {
    matches!(
        name,
        B | BIG
            | CODE
            | EM
            | I
            | S
            | SMALL
            | SPAN
            | STRIKE
            | STRONG
            | SUB
            | SUP
            | TT
            | U
            | VAR
    )
}

/// Which searches for an open element end at an element.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    special: bool,
    blocker: bool,
    scope: bool,
}

impl Bounds {
    const NONE: Self = Bounds { special: false, blocker: false, scope: false };

    const fn of_html(name: Name) -> Self {
        let special = is_special(name);
        Bounds {
            special,
            blocker: special && !matches!(name, ADDRESS | DIV | P),
            scope: bounds_scope(name),
        }
    }

    fn of_foreign(name: Name, integration: Option<Integration>) -> Self {
        let special = integration.is_some();
        Bounds {
            special,
            blocker: special && !matches!(name, ADDRESS | DIV | P),
            scope: special,
        }
    }
}

/// The bounds of the known elements of HTML: one look for each tag, and not the
/// comparisons. Unknown elements bound nothing.
static BOUNDS: [Bounds; KNOWN] = {
    let mut bounds = [Bounds::NONE; KNOWN];
    let mut name = 0;
    while name < KNOWN {
        bounds[name] = Bounds::of_html(Name::nth(name));
        name += 1;
    }
    bounds
};

const fn is_heading(name: Name) -> bool {
    matches!(name, H1 | H2 | H3 | H4 | H5 | H6)
}

/// Elements of HTML that end foreign content where they begin.
fn breaks_out(name: Name, attributes: &Attributes<'_>) -> bool {
    match name {
        FONT => ["color", "face", "size"]
            .iter()
            .any(|it| attributes.get(it).is_some()),
        B | BIG | BLOCKQUOTE | BODY | BR | CENTER | CODE | DD | DIV | DL
        | DT | EM | EMBED | H1 | H2 | H3 | H4 | H5 | H6 | HEAD | HR | I
        | IMG | LI | LISTING | MENU | META | NOBR | OL | P | PRE | RUBY | S
        | SMALL | SPAN | STRONG | STRIKE | SUB | SUP | TABLE | TT | U | UL
        | VAR => true,
        _ => false,
    }
}

/// Elements that are opened again in the next block, where nothing ends them.
fn is_formatting(name: Name) -> bool {
    matches!(
        name,
        A | B
            | BIG
            | CODE
            | EM
            | FONT
            | I
            | NOBR
            | S
            | SMALL
            | STRIKE
            | STRONG
            | TT
            | U
    )
}

/// Elements that end a paragraph where they begin.
const fn closes_p(name: Name) -> bool {
    matches!(
        name,
        ADDRESS
            | ARTICLE
            | ASIDE
            | BLOCKQUOTE
            | CENTER
            | DETAILS
            | DIALOG
            | DIR
            | DIV
            | DL
            | FIELDSET
            | FIGCAPTION
            | FIGURE
            | FOOTER
            | HEADER
            | HGROUP
            | LISTING
            | MAIN
            | MENU
            | NAV
            | OL
            | P
            | PRE
            | SEARCH
            | SECTION
            | SUMMARY
            | UL
    )
}

/// Elements whose end tags may be left out where something around them ends
/// ("generate implied end tags").
fn ends_by_itself(name: Name) -> bool {
    matches!(name, DD | DT | LI | OPTGROUP | OPTION | P | RB | RP | RT | RTC)
}

/// Elements that their end tag closes although special ones are open in them.
fn ends_by_scope(name: Name) -> bool {
    closes_p(name)
        || matches!(name, APPLET | BUTTON | DD | DT | MARQUEE | OBJECT | SELECT)
}

/// Elements at which the search for one in scope ends.
const fn bounds_scope(name: Name) -> bool {
    matches!(
        name,
        APPLET
            | CAPTION
            | MARQUEE
            | OBJECT
            | SELECT
            | TABLE
            | TD
            | TEMPLATE
            | TH
    )
}

/// The special elements of the standard that can be open.
const fn is_special(name: Name) -> bool {
    closes_p(name)
        || bounds_scope(name)
        || is_heading(name)
        || matches!(
            name,
            BUTTON
                | COLGROUP
                | DD
                | DT
                | IFRAME
                | LI
                | NOEMBED
                | NOFRAMES
                | NOSCRIPT
                | PLAINTEXT
                | SCRIPT
                | STYLE
                | TBODY
                | TEXTAREA
                | TFOOT
                | THEAD
                | TITLE
                | TR
                | XMP
        )
}
