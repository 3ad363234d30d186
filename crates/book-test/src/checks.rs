//! What is asked of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::chromium::{Chromium, address};
use crate::play;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The widths of a phone and of a laptop, with a height.
const WIDTHS: [(u32, u32); 2] = [(1280, 900), (360, 740)];
const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];
/// The themes that a narrow page is read in: the colors are the same as on a wide one.
const NARROW_THEMES: [&str; 2] = ["light", "navy"];

/// What a reader searches for, and a page that must be among the first ten results.
const SEARCHES: [(&str, &str); 14] = [
    ("E0373", "guide/questions.html"),
    ("E0277", "guide/questions.html"),
    ("rendezvous", "guide/glossary.html"),
    ("spawn_blocking", "chapter-03/blocking.html"),
    ("backpressure", "chapter-06/backpressure.html"),
    ("dashmap", "chapter-05/index.html"),
    ("semaphore", "chapter-03/limits.html"),
    ("work stealing", "chapter-04/granularity.html"),
    ("waker", "chapter-01/waker.html"),
    ("GIL", "guide/languages.html"),
    ("graceful shutdown", "chapter-03/shutdown.html"),
    ("deadlock", "chapter-00/deadlock.html"),
    ("par_iter", "chapter-04/first.html"),
    ("goroutine", "guide/languages.html"),
];

/// Pages to look at: the front, one of each chapter, the guide.
const PICTURES: [&str; 11] = [
    "index.html",
    "chapter-00/overlap.html",
    "chapter-01/waker.html",
    "chapter-02/reactor.html",
    "chapter-03/blocking.html",
    "chapter-04/granularity.html",
    "chapter-05/guards.html",
    "chapter-06/backpressure.html",
    "guide/choosing.html",
    "guide/play.html",
    "guide/card.html",
];

/// The page that is made for paper.
const CARD: &str = "guide/card.html";

/// Paper: A4 at 96 pixels an inch, without margins of 1 cm.
const PAPER: (u32, u32) = (718, 1047);

/// Reads a book and notes what is wrong, each with the pages that it is wrong on.
pub(crate) struct Reader {
    browser: Chromium,
    book: PathBuf,
    pictures: PathBuf,
    /// All pages, as paths below the book.
    pages: Vec<String>,
    findings: BTreeMap<String, BTreeSet<String>>,
    ids: BTreeMap<String, BTreeSet<String>>,
    links: BTreeSet<(String, String)>,
    wide: BTreeMap<String, BTreeSet<String>>,
}

impl Reader {
    /// A reader of the pages whose names contain `only`. What concerns the whole book is read anyway.
    pub(crate) fn new(
        browser: Chromium,
        book: &Path,
        pictures: &Path,
        only: &str,
    ) -> Outcome<Self> {
        let book = book.canonicalize().map_err(|error| format!("{}: {error}", book.display()))?;
        fs::create_dir_all(pictures)?;
        let mut pages = Vec::new();
        find_pages(&book, &book, &mut pages)?;
        pages.retain(|page| page.contains(only));
        pages.sort();
        Ok(Reader {
            browser,
            book,
            pictures: pictures.to_owned(),
            pages,
            findings: BTreeMap::new(),
            ids: BTreeMap::new(),
            links: BTreeSet::new(),
            wide: BTreeMap::new(),
        })
    }

    /// Makes every check, and returns one line for each thing to mend.
    pub(crate) fn read_everything(mut self) -> Outcome<Vec<String>> {
        for width in WIDTHS {
            for page in self.pages.clone() {
                self.read(&page, width)?;
            }
        }
        println!("{} pages read, {} links", self.pages.len(), self.links.len());
        self.follow_links();
        self.search()?;
        self.keyboard()?;
        for (page, finding) in play::check(&mut self.browser, &self.book)? {
            self.say(&page, finding);
        }
        self.take_pictures()?;
        // What was found until then must not be lost.
        if let Err(error) = self.print() {
            self.say("print.html", error.to_string());
        }
        for (length, pages) in &self.wide {
            println!("a listing of {length} columns: {}", some(pages));
        }
        Ok(self.findings.iter().map(|(what, where_)| format!("{what}: {}", some(where_))).collect())
    }

    fn say(&mut self, page: &str, finding: String) {
        self.findings.entry(finding).or_default().insert(page.to_owned());
    }

    fn open(&mut self, page: &str) -> Outcome {
        let address = address(&self.book.join(page));
        self.browser.open(&address)?;
        for event in self.browser.events() {
            if let Some(complaint) = complaint(&event) {
                self.say(page, complaint);
            }
        }
        Ok(())
    }

    fn read(&mut self, page: &str, (width, height): (u32, u32)) -> Outcome {
        self.browser.resize(width, height)?;
        self.open(page)?;
        let wide = width == WIDTHS[0].0;
        let themes = if wide { &THEMES[..] } else { &NARROW_THEMES };
        for theme in themes {
            self.theme(theme)?;
            let told = self.browser.evaluate(include_str!("page.js"))?;
            for finding in strings(&told["found"]) {
                self.say(page, format!("{width} px, {theme}: {finding}"));
            }
            if wide && *theme == THEMES[0] {
                self.ids.insert(page.to_owned(), strings(&told["ids"]).into_iter().collect());
                let links = strings(&told["links"]).into_iter();
                self.links.extend(links.map(|link| (page.to_owned(), link)));
                for listing in strings(&told["wide"]) {
                    self.wide.entry(listing).or_default().insert(page.to_owned());
                }
            }
        }
        Ok(())
    }

    /// Changes to a theme as the reader's choice does, without its transition.
    fn theme(&mut self, theme: &str) -> Outcome {
        let names = THEMES.map(|theme| format!("\"{theme}\"")).join(",");
        let script = format!(
            "{{ const list = document.documentElement.classList; list.remove({names}); \
             list.add(\"{theme}\"); const still = document.createElement('style'); \
             still.textContent = '* {{ transition: none !important }}'; \
             document.head.append(still); }}"
        );
        self.browser.evaluate(&script).map(drop)
    }

    fn follow_links(&mut self) {
        let root = address(&self.book);
        for (page, link) in std::mem::take(&mut self.links) {
            let Some(inside) = link.strip_prefix(&root) else {
                if link.starts_with("file:") {
                    self.say(&page, format!("a link leaves the book: {link}"));
                }
                continue;
            };
            let (target, anchor) = inside.split_once('#').unwrap_or((inside, ""));
            let target = target.trim_start_matches('/');
            if !self.book.join(target).is_file() {
                self.say(&page, format!("a link to nothing: {target}"));
            } else if !anchor.is_empty()
                && self.ids.get(target).is_some_and(|ids| !ids.contains(anchor))
            {
                self.say(&page, format!("a link to no anchor: {target}#{anchor}"));
            }
        }
    }

    /// Types each term, and waits for the results.
    fn search(&mut self) -> Outcome {
        let (width, height) = WIDTHS[0];
        self.browser.resize(width, height)?;
        for (term, wanted) in SEARCHES {
            self.open("index.html")?;
            let script = format!(
                "new Promise((resolve) => {{
                    document.querySelector('#mdbook-search-toggle').click();
                    const bar = document.querySelector('#mdbook-searchbar');
                    const look = (left) => {{
                        const found = [...document.querySelectorAll('#mdbook-searchresults li > a')];
                        if (found.length === 0 && left > 0) {{
                            bar.value = {};
                            bar.dispatchEvent(new KeyboardEvent('keyup', {{ key: 'a' }}));
                            bar.dispatchEvent(new Event('input', {{ bubbles: true }}));
                            setTimeout(() => look(left - 1), 100);
                        }} else resolve(found.map((one) => one.href));
                    }};
                    look(100);
                }})",
                json!(term)
            );
            let results = strings(&self.browser.evaluate(&script)?);
            if !results.iter().take(10).any(|result| result.contains(wanted)) {
                let first: Vec<_> = results
                    .iter()
                    .take(5)
                    .map(|it| it.trim_start_matches(&address(&self.book)).to_owned())
                    .collect();
                self.say(wanted, format!("the search for {term} finds {first:?} before"));
            }
        }
        println!("{} searches made", SEARCHES.len());
        Ok(())
    }

    /// Goes through pages with the tab key: it must come to everything that can be used, and be seen
    /// wherever it is.
    fn keyboard(&mut self) -> Outcome {
        let (width, height) = WIDTHS[0];
        self.browser.resize(width, height)?;
        for page in ["index.html", "chapter-03/blocking.html", "guide/play.html"] {
            if !self.book.join(page).is_file() {
                continue;
            }
            self.open(page)?;
            let script = "window.wanted = [...document.querySelectorAll('main a[href], main button, \
                main input, main select, main summary')].filter((one) => one.checkVisibility({ \
                visibilityProperty: true, opacityProperty: true }) && !one.disabled); \
                window.reached = new Set(); window.unseen = new Set(); \
                document.addEventListener('focusin', ({ target }) => { reached.add(target); \
                const style = getComputedStyle(target); \
                if (style.outlineStyle === 'none' && style.boxShadow === 'none') \
                unseen.add(target.outerHTML.slice(0, 60)); }); wanted.length";
            let many = self.browser.evaluate(script)?.as_u64().unwrap_or(0);
            // The contents and the buttons of the frame come first.
            for _ in 0..many + 250 {
                self.browser.press("Tab", 9)?;
            }
            let missed = self.browser.evaluate(
                "wanted.filter((one) => !reached.has(one)).map((one) => one.outerHTML.slice(0, 60))",
            )?;
            for one in strings(&missed) {
                self.say(page, format!("the tab key does not come to {one}"));
            }
            for one in strings(&self.browser.evaluate("[...unseen]")?) {
                self.say(page, format!("the focus is not seen on {one}"));
            }
        }
        Ok(())
    }

    /// Prints the whole book: no picture may be cut, no part stay folded.
    fn print(&mut self) -> Outcome {
        let (width, height) = PAPER;
        self.browser.resize(width, height)?;
        self.open("print.html")?;
        self.browser.call("Emulation.setEmulatedMedia", json!({ "media": "print" }))?;
        let script = format!(
            "[...document.querySelectorAll('main figure')].flatMap((figure) => {{
                const title = figure.querySelector('title')?.textContent ?? '';
                const found = [];
                if (getComputedStyle(figure).breakInside !== 'avoid') found.push('may be cut: ' + title);
                if (figure.offsetHeight > {height}) found.push('is higher than a page: ' + title);
                if (figure.scrollWidth > figure.clientWidth) found.push('is wider than a page: ' + title);
                return found;
            }}).concat([...document.querySelectorAll('main details')].filter((one) => {{
                const last = one.lastElementChild;
                return !last.checkVisibility();
            }}).map((one) => 'stays folded: ' + one.textContent.trim().slice(0, 40)))"
        );
        for finding in strings(&self.browser.evaluate(&script)?) {
            self.say("print.html", format!("on paper: {finding}"));
        }
        let pages = self.printed()?;
        println!("printed: {pages} pages of A4");
        if pages == 0 {
            self.say("print.html", "the book prints no page".into());
        }
        self.open(CARD)?;
        match self.printed()? {
            1 | 2 => {}
            pages => self.say(CARD, format!("on paper: {pages} pages, not 2")),
        }
        self.browser.call("Emulation.setEmulatedMedia", json!({ "media": "" })).map(drop)
    }

    /// Prints the open page and returns how many sheets of A4 that takes.
    fn printed(&mut self) -> Outcome<usize> {
        let paper = json!({
            "paperWidth": 8.27, "paperHeight": 11.69, "transferMode": "ReturnAsStream",
            "marginTop": 0.4, "marginBottom": 0.4, "marginLeft": 0.4, "marginRight": 0.4,
        });
        let stream = self.browser.call("Page.printToPDF", paper)?["stream"].take();
        let mut file = Vec::new();
        loop {
            let part = self.browser.call("IO.read", json!({ "handle": stream }))?;
            let data = part["data"].as_str().unwrap_or_default();
            file.extend(if part["base64Encoded"] == true { decode(data) } else { data.into() });
            if part["eof"] == true {
                break;
            }
        }
        self.browser.call("IO.close", json!({ "handle": stream }))?;
        // Each page is an object of this type; their list is of the type `Pages`.
        let page = b"/Type /Page";
        let is_page = |at: &[u8]| at.starts_with(page) && at.get(page.len()) != Some(&b's');
        Ok(file.windows(page.len() + 1).filter(|at| is_page(at)).count())
    }

    fn take_pictures(&mut self) -> Outcome {
        for page in PICTURES {
            if !self.book.join(page).is_file() {
                continue;
            }
            for (width, height) in WIDTHS {
                self.browser.resize(width, height)?;
                self.open(page)?;
                for theme in NARROW_THEMES {
                    self.theme(theme)?;
                    let options =
                        json!({ "captureBeyondViewport": true, "clip": self.whole_page(width)? });
                    let shot = self.browser.call("Page.captureScreenshot", options)?;
                    let name = page.trim_end_matches(".html").replace('/', "-");
                    let file = self.pictures.join(format!("{name}-{width}-{theme}.png"));
                    fs::write(file, decode(shot["data"].as_str().unwrap_or_default()))?;
                }
            }
        }
        println!("screenshots in {}", self.pictures.display());
        Ok(())
    }

    fn whole_page(&mut self, width: u32) -> Outcome<Value> {
        let height = self.browser.evaluate("document.documentElement.scrollHeight")?;
        let height = height.as_f64().unwrap_or(0.0).min(6000.0);
        Ok(json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 }))
    }
}

/// The pages below a folder. The contents without JavaScript and the book for printing are no pages
/// of their own.
fn find_pages(root: &Path, folder: &Path, pages: &mut Vec<String>) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_pages(root, &path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let page = path.strip_prefix(root)?.to_str().ok_or("a page's name is not Unicode")?;
            if !["toc.html", "print.html", "404.html"].contains(&page) {
                pages.push(page.to_owned());
            }
        }
    }
    Ok(())
}

/// What an event of the browser says against the page: an error in the console, a request that
/// leaves the machine.
fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => {
            let details = &params["exceptionDetails"];
            let said = details["exception"]["description"].as_str();
            Some(format!("exception: {}", said.or(details["text"].as_str())?))
        }
        "Runtime.consoleAPICalled" if params["type"] == "error" => {
            Some(format!("console error: {}", params["args"]))
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            Some(format!("console error: {}", params["entry"]["text"].as_str()?))
        }
        "Network.requestWillBeSent" => {
            let address = params["request"]["url"].as_str()?;
            let inside = ["file:", "data:", "blob:", "about:"];
            let leaves = !inside.iter().any(|scheme| address.starts_with(scheme));
            leaves.then(|| format!("a request leaves the machine: {address}"))
        }
        _ => None,
    }
}

pub(crate) fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// The first few pages, and how many more there are.
fn some(pages: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = pages.iter().take(4).map(String::as_str).collect();
    let more = pages.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Base64, as the protocol sends files. A crate for these ten lines would be one more to trust.
fn decode(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut many, mut bytes) = (0_u32, 0, Vec::new());
    for digit in text.bytes() {
        let Some(value) = DIGITS.iter().position(|known| *known == digit) else { continue };
        bits = bits << 6 | value as u32;
        many += 6;
        if many >= 8 {
            many -= 8;
            bytes.push((bits >> many) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_decoded_with_and_without_padding() {
        assert_eq!(decode("T3ZlcmxhcA=="), b"Overlap");
        assert_eq!(decode("T3Zlcmxh"), b"Overla");
    }

    #[test]
    fn a_request_to_another_machine_is_a_complaint() {
        let request = |url| {
            json!({ "method": "Network.requestWillBeSent",
            "params": { "request": { "url": url } } })
        };
        assert!(complaint(&request("https://example.org/a.js")).is_some());
        assert!(complaint(&request("file:///book/a.js")).is_none());
    }
}
