//! What is asked of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;
use std::{thread, vec};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::chromium::{Chromium, address};
use crate::play;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The widths of a phone and of a laptop, with a height.
const WIDTHS: [(u32, u32); 2] = [(1280, 900), (360, 740)];
const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];
/// The themes that a narrow page is read in: the colors are the same as on a
/// wide one.
const NARROW_THEMES: [&str; 2] = ["light", "navy"];

/// What a reader searches for, and a page that must be among the first ten
/// results.
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

/// Makes every check, and returns one line for each thing to mend. With a part
/// of pages' names as `only`, reads those pages and leaves out what concerns
/// the whole book.
pub(crate) fn read_everything(
    program: &OsString,
    book: &Path,
    pictures: &Path,
    only: &str,
) -> Outcome<Vec<String>> {
    let book = book
        .canonicalize()
        .map_err(|error| format!("{}: {error}", book.display()))?;
    fs::create_dir_all(pictures)?;
    let mut pages = Vec::new();
    find_pages(&book, &book, &mut pages)?;
    pages.retain(|page| page.contains(only));
    pages.sort();

    // Two browsers: most of a browser's work is one thread. The one that looks
    // at the whole book reads the pages that are left then.
    let many = pages.len();
    let pages = Mutex::new(pages.into_iter());
    let read = |whole: bool| {
        let read = || {
            let mut reader = Reader::new(Chromium::start(program)?, &book);
            if whole {
                reader.read_the_whole(pictures)?;
            }
            reader.read_pages(&pages)?;
            Ok((reader.findings, reader.told))
        };
        // An error that crosses threads has to say so in its type.
        read().map_err(|error: Box<dyn Error>| error.to_string())
    };
    let start = Instant::now();
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| read(false));
        let other =
            if only.is_empty() { read(true) } else { Ok(Default::default()) };
        (one.join().expect("the checks do not panic"), other)
    });
    let ((mut findings, mut told), (others_findings, others_told)) =
        (one?, other?);
    for (what, pages) in others_findings {
        findings.entry(what).or_default().extend(pages);
    }
    told.ids.extend(others_told.ids);
    told.links.extend(others_told.links);
    println!("{many} pages read, {} links{}", told.links.len(), took(start));
    for (page, finding) in broken_links(&book, &told) {
        findings.entry(finding).or_default().insert(page);
    }
    Ok(findings
        .iter()
        .map(|(what, pages)| format!("{what}: {}", some(pages)))
        .collect())
}

/// What is wrong, each with the pages that it is wrong on.
type Findings = BTreeMap<String, BTreeSet<String>>;

/// A browser that reads the book, and what it finds.
struct Reader {
    browser: Chromium,
    book: PathBuf,
    findings: Findings,
    told: Told,
}

/// What the pages tell about each other.
#[derive(Default)]
struct Told {
    ids: BTreeMap<String, BTreeSet<String>>,
    /// Each with the page it stands on.
    links: BTreeSet<(String, String)>,
}

impl Reader {
    fn new(browser: Chromium, book: &Path) -> Self {
        Reader {
            browser,
            book: book.to_owned(),
            findings: Findings::new(),
            told: Told::default(),
        }
    }

    /// Reads pages, wide and narrow and in every theme, until none is left.
    fn read_pages(&mut self, pages: &Mutex<vec::IntoIter<String>>) -> Outcome {
        loop {
            let next =
                pages.lock().expect("nobody panics while it is locked").next();
            let Some(page) = next else { return Ok(()) };
            self.read(&page)?;
        }
    }

    /// Makes the checks that concern more than a page.
    fn read_the_whole(&mut self, pictures: &Path) -> Outcome {
        self.search()?;
        self.keyboard()?;
        let start = Instant::now();
        for (page, finding) in play::check(&mut self.browser, &self.book)? {
            self.say(&page, finding);
        }
        println!("the page to play with is tried{}", took(start));
        self.take_pictures(pictures)?;
        self.print()
    }

    fn say(&mut self, page: &str, finding: String) {
        self.findings.entry(finding).or_default().insert(page.to_owned());
    }

    fn open(&mut self, page: &str) -> Outcome {
        let address = address(&self.book.join(page));
        self.browser.open(&address)?;
        // The theme changes immediately, and what is measured does not move.
        self.browser.evaluate(
            "{ const still = document.createElement('style');
               still.textContent = '* { transition: none !important }';
               document.head.append(still); }",
        )?;
        self.note_events(page);
        Ok(())
    }

    /// Notes what the browser complained about since the last call.
    fn note_events(&mut self, page: &str) {
        for event in self.browser.events() {
            if let Some(complaint) = complaint(&event) {
                self.say(page, complaint);
            }
        }
    }

    /// Reads a page at both widths and in every theme. It is loaded once: a
    /// reader turns the phone and changes the theme without loading anew, too.
    fn read(&mut self, page: &str) -> Outcome {
        for (width, height) in WIDTHS {
            self.browser.resize(width, height)?;
            let wide = width == WIDTHS[0].0;
            if wide {
                self.open(page)?;
            }
            self.contents(wide)?;
            let themes = if wide { &THEMES[..] } else { &NARROW_THEMES };
            for theme in themes {
                self.theme(theme)?;
                let mut told =
                    self.browser.evaluate(include_str!("page.js"))?;
                // A busy browser now and then still has a part in the colors of
                // the theme before.
                if told["found"] != json!([]) {
                    self.browser.evaluate(
                        "new Promise((done) => setTimeout(done, 300))",
                    )?;
                    told = self.browser.evaluate(include_str!("page.js"))?;
                }
                for finding in strings(&told["found"]) {
                    self.say(page, format!("{width} px, {theme}: {finding}"));
                }
                if wide && *theme == THEMES[0] {
                    self.told.ids.insert(
                        page.to_owned(),
                        strings(&told["ids"]).into_iter().collect(),
                    );
                    let links = strings(&told["links"]).into_iter();
                    self.told
                        .links
                        .extend(links.map(|link| (page.to_owned(), link)));
                }
            }
        }
        self.note_events(page);
        Ok(())
    }

    /// Chooses a theme in mdBook's own menu, which also changes the colors of
    /// listings.
    fn theme(&mut self, theme: &str) -> Outcome {
        let script =
            format!("document.querySelector('#mdbook-theme-{theme}').click()");
        self.browser.evaluate(&script).map(drop)
    }

    /// Shows or hides the list of pages at the left: on a phone it is hidden
    /// until it is asked for.
    fn contents(&mut self, shown: bool) -> Outcome {
        let script = format!(
            "{{ const box = document.querySelector('#mdbook-sidebar-toggle-anchor');
                if (box.checked !== {shown})
                    document.querySelector('#mdbook-sidebar-toggle').click(); }}"
        );
        self.browser.evaluate(&script).map(drop)
    }

    /// Types each term, and waits for the results.
    fn search(&mut self) -> Outcome {
        let start = Instant::now();
        let (width, height) = WIDTHS[0];
        self.browser.resize(width, height)?;
        self.open("index.html")?;
        self.browser.evaluate(
            "document.querySelector('#mdbook-search-toggle').click()",
        )?;
        for (term, wanted) in SEARCHES {
            // The index is loaded when the search is opened; keys before that
            // do nothing.
            let script = format!(
                "new Promise((resolve) => {{
                    const bar = document.querySelector('#mdbook-searchbar');
                    const header = document.querySelector('#mdbook-searchresults-header');
                    const look = (left) => {{
                        bar.value = {term};
                        bar.dispatchEvent(new KeyboardEvent('keyup', {{ key: 'a' }}));
                        if (!header.textContent.includes(`'${{{term}}}'`) && left > 0)
                            return setTimeout(() => look(left - 1), 50);
                        const found = document.querySelectorAll('#mdbook-searchresults li > a');
                        resolve([...found].map((one) => one.href));
                    }};
                    look(400);
                }})",
                term = json!(term)
            );
            let results = strings(&self.browser.evaluate(&script)?);
            if !results.iter().take(10).any(|result| result.contains(wanted)) {
                let first: Vec<_> = results
                    .iter()
                    .take(5)
                    .map(|it| {
                        it.trim_start_matches(&address(&self.book)).to_owned()
                    })
                    .collect();
                self.say(
                    wanted,
                    format!("the search for {term} finds {first:?} before"),
                );
            }
        }
        println!("{} searches made{}", SEARCHES.len(), took(start));
        Ok(())
    }

    /// Goes through pages with the tab key: it must come to everything that can
    /// be used, and be seen wherever it is.
    fn keyboard(&mut self) -> Outcome {
        let start = Instant::now();
        let (width, height) = WIDTHS[0];
        self.browser.resize(width, height)?;
        for page in
            ["index.html", "chapter-03/blocking.html", "guide/play.html"]
        {
            self.open(page)?;
            // Of the choices of one name the key comes to the one that is
            // chosen; arrows do the rest.
            let script = "window.wanted = [...document.querySelectorAll('main a[href], main button, \
                main input, main select, main summary')].filter((one) => one.checkVisibility({ \
                visibilityProperty: true, opacityProperty: true }) && !one.disabled && \
                (one.type !== 'radio' || one.checked)); \
                window.reached = new Set(); window.unseen = new Set(); \
                document.addEventListener('focusin', ({ target }) => { reached.add(target); \
                const style = getComputedStyle(target); \
                if (style.outlineStyle === 'none' && style.boxShadow === 'none') \
                unseen.add(target.outerHTML.slice(0, 60)); }); wanted.length";
            let mut left = self.browser.evaluate(script)?.as_u64().unwrap_or(0);
            // The contents and the buttons of the frame come first.
            for _ in 0..=(left + 250) / 10 {
                for _ in 0..10 {
                    self.browser.press("Tab", 9)?;
                }
                let count = "wanted.filter((one) => !reached.has(one)).length";
                left = self.browser.evaluate(count)?.as_u64().unwrap_or(0);
                if left == 0 {
                    break;
                }
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
        println!("the tab key pressed through three pages{}", took(start));
        Ok(())
    }

    /// Prints the whole book: no picture may be cut, no part stay folded.
    fn print(&mut self) -> Outcome {
        let start = Instant::now();
        let (width, height) = PAPER;
        self.browser.resize(width, height)?;
        self.open("print.html")?;
        self.browser
            .call("Emulation.setEmulatedMedia", json!({ "media": "print" }))?;
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
        println!("printed: {pages} pages of A4{}", took(start));
        if pages == 0 {
            self.say("print.html", "the book prints no page".into());
        }
        self.open(CARD)?;
        match self.printed()? {
            1 | 2 => {}
            pages => self.say(CARD, format!("on paper: {pages} pages, not 2")),
        }
        self.browser
            .call("Emulation.setEmulatedMedia", json!({ "media": "" }))
            .map(drop)
    }

    /// Prints the open page and returns how many sheets of A4 that takes.
    fn printed(&mut self) -> Outcome<usize> {
        let paper = json!({
            "paperWidth": 8.27, "paperHeight": 11.69, "transferMode": "ReturnAsStream",
            // Marks for screen readers take as long as the rest, and nobody
            // reads this file.
            "generateTaggedPDF": false,
            "marginTop": 0.4, "marginBottom": 0.4, "marginLeft": 0.4, "marginRight": 0.4,
        });
        let stream =
            self.browser.call("Page.printToPDF", paper)?["stream"].take();
        let mut file = Vec::new();
        loop {
            let part =
                self.browser.call("IO.read", json!({ "handle": stream }))?;
            let data = part["data"].as_str().unwrap_or_default();
            file.extend(if part["base64Encoded"] == true {
                BASE64_STANDARD.decode(data)?
            } else {
                data.into()
            });
            if part["eof"] == true {
                break;
            }
        }
        self.browser.call("IO.close", json!({ "handle": stream }))?;
        // Each page is an object of this type; their list is of the type
        // `Pages`.
        let page = b"/Type /Page";
        let is_page = |at: &[u8]| {
            at.starts_with(page) && at.get(page.len()) != Some(&b's')
        };
        Ok(file.windows(page.len() + 1).filter(|at| is_page(at)).count())
    }

    fn take_pictures(&mut self, folder: &Path) -> Outcome {
        let start = Instant::now();
        for page in PICTURES {
            for (width, height) in WIDTHS {
                self.browser.resize(width, height)?;
                if width == WIDTHS[0].0 {
                    self.open(page)?;
                }
                self.contents(width == WIDTHS[0].0)?;
                for theme in NARROW_THEMES {
                    self.theme(theme)?;
                    let clip = self.beginning(width)?;
                    let options = json!({ "captureBeyondViewport": true, "clip": clip,
                        "optimizeForSpeed": true });
                    let shot =
                        self.browser.call("Page.captureScreenshot", options)?;
                    let name = page.trim_end_matches(".html").replace('/', "-");
                    let file =
                        folder.join(format!("{name}-{width}-{theme}.png"));
                    let data = shot["data"].as_str().unwrap_or_default();
                    fs::write(file, BASE64_STANDARD.decode(data)?)?;
                }
            }
        }
        println!("screenshots in {}{}", folder.display(), took(start));
        Ok(())
    }

    /// The part of a page that is kept as a picture.
    fn beginning(&mut self, width: u32) -> Outcome<Value> {
        let height =
            self.browser.evaluate("document.documentElement.scrollHeight")?;
        let height = height.as_f64().unwrap_or(0.0).min(4000.0);
        Ok(
            json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 }),
        )
    }
}

/// The links that lead to nothing, each after its page.
fn broken_links(book: &Path, told: &Told) -> Vec<(String, String)> {
    let root = address(book);
    let broken = |link: &str| {
        let Some(inside) = link.strip_prefix(&root) else {
            return link
                .starts_with("file:")
                .then(|| format!("a link leaves the book: {link}"));
        };
        let (target, anchor) = inside.split_once('#').unwrap_or((inside, ""));
        let target = target.trim_start_matches('/');
        if !book.join(target).is_file() {
            Some(format!("a link to nothing: {target}"))
        } else if !anchor.is_empty()
            && told.ids.get(target).is_some_and(|ids| !ids.contains(anchor))
        {
            Some(format!("a link to no anchor: {target}#{anchor}"))
        } else {
            None
        }
    };
    told.links
        .iter()
        .filter_map(|(page, link)| Some((page.clone(), broken(link)?)))
        .collect()
}

/// The pages below a folder. The contents without JavaScript and the book for
/// printing are no pages of their own.
fn find_pages(root: &Path, folder: &Path, pages: &mut Vec<String>) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_pages(root, &path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html")
        {
            let page = path
                .strip_prefix(root)?
                .to_str()
                .ok_or("a page's name is not Unicode")?;
            if !["toc.html", "print.html", "404.html"].contains(&page) {
                pages.push(page.to_owned());
            }
        }
    }
    Ok(())
}

/// What an event of the browser says against the page: an error in the console,
/// a request that leaves the machine.
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
        "Log.entryAdded" if params["entry"]["level"] == "error" => Some(
            format!("console error: {}", params["entry"]["text"].as_str()?),
        ),
        "Network.requestWillBeSent" => {
            let address = params["request"]["url"].as_str()?;
            let inside = ["file:", "data:", "blob:", "about:"];
            let leaves =
                !inside.iter().any(|scheme| address.starts_with(scheme));
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
    let more =
        if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// What a check took, to stand at the end of a line.
fn took(start: Instant) -> String {
    format!(" ({} s)", start.elapsed().as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

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
