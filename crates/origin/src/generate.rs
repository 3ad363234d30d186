//! Pages made to measure: any number of them, the same for the same seed.

use std::fmt::Write;

use crate::random::Random;

/// A site of made-up pages. A page follows from the seed and its number alone;
/// none is stored.
///
/// ```
/// use origin::Generator;
///
/// let pages = Generator { pages: 1_000_000, ..Generator::default() };
/// let html = pages.html(999_999).expect("the last page");
/// assert!(html.contains("</h1>"));
/// assert_eq!(pages.html(999_999), Some(html));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator {
    /// Another seed, another site.
    pub seed: u64,
    /// How many pages there are.
    pub pages: usize,
    /// Words in the paragraphs of each page. Title, headings and links come on
    /// top.
    pub words_per_page: usize,
    /// How many different words there are. Their frequencies follow Zipf's law:
    /// the word of rank `k` is `k` times rarer than the first.
    pub vocabulary: usize,
}

impl Default for Generator {
    /// A thousand pages of 600 words from a vocabulary of 20,000.
    fn default() -> Self {
        Self { seed: 1, pages: 1_000, words_per_page: 600, vocabulary: 20_000 }
    }
}

impl Generator {
    /// The HTML of a page; `None` past the last one.
    ///
    /// Page 0 links to every page, through others: page `i` links to `2i + 1`
    /// and `2i + 2`, to the page after it and to a few more.
    #[must_use]
    pub fn html(&self, index: usize) -> Option<String> {
        if index >= self.pages {
            return None;
        }
        let mut random = self.random(index);
        let title = self.title(&mut random);
        let mut html = String::with_capacity(1_500 + self.words_per_page * 8);
        html.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        // Writing to a String cannot fail, here and below.
        let _ = write!(
            html,
            "<title>{title} – Page {index}</title>\n</head>\n<body>\n"
        );
        self.links(index, &mut random, &mut html);
        let _ = write!(html, "<main>\n<h1>{title}</h1>\n");
        self.sections(&mut random, &mut html);
        html.push_str(
            "</main>\n<footer>Generated &amp; served locally.</footer>\n</body>\n</html>\n",
        );
        Some(html)
    }

    /// The URL path of a page. Paths sort in the order of their pages.
    #[must_use]
    pub fn path(&self, index: usize) -> String {
        format!("{PREFIX}{index:08}.html")
    }

    /// The page at a URL path.
    #[must_use]
    pub fn index(&self, path: &str) -> Option<usize> {
        let index =
            path.strip_prefix(PREFIX)?.strip_suffix(".html")?.parse().ok()?;
        // One path per page: neither `+1` nor `1` for `00000001`.
        (index < self.pages && self.path(index) == path).then_some(index)
    }

    fn random(&self, index: usize) -> Random {
        Random::of(self.seed, index as u64)
    }

    /// The first draws of a page's stream, so that a link can name its target
    /// without making it.
    fn title(&self, random: &mut Random) -> String {
        let mut title = String::new();
        for i in 0..random.between(2, 4) {
            if i > 0 {
                title.push(' ');
            }
            // Past the commonest words: "The of and" is no title.
            let past = COMMON.len().min(self.vocabulary.saturating_sub(1));
            let rank = past
                + random.below((self.vocabulary.max(1) - past) as u64) as usize;
            push_capitalized(&mut title, rank);
        }
        title
    }

    fn links(&self, index: usize, random: &mut Random, html: &mut String) {
        html.push_str("<nav>\n<ul>\n");
        let near = [2 * index + 1, 2 * index + 2, index + 1, 0];
        let far: [usize; 4] =
            std::array::from_fn(|_| random.below(self.pages as u64) as usize);
        for target in
            near.into_iter().chain(far).filter(|&target| target < self.pages)
        {
            let title = self.title(&mut self.random(target));
            let _ = writeln!(
                html,
                "<li><a href=\"{}\">{title}</a></li>",
                self.path(target)
            );
        }
        html.push_str("</ul>\n</nav>\n");
    }

    fn sections(&self, random: &mut Random, html: &mut String) {
        let mut words = self.words_per_page as u64;
        while words > 0 {
            let _ = writeln!(html, "<h2>{}</h2>", self.title(random));
            for _ in 0..random.between(1, 4) {
                let paragraph = random.between(30, 90).min(words);
                words -= paragraph;
                if paragraph > 0 {
                    self.paragraph(paragraph, random, html);
                }
            }
        }
    }

    fn paragraph(
        &self,
        mut words: u64,
        random: &mut Random,
        html: &mut String,
    ) {
        html.push_str("<p>");
        while words > 0 {
            let sentence = random.between(5, 18).min(words);
            words -= sentence;
            for i in 0..sentence {
                let rank = zipf(random, self.vocabulary);
                if i == 0 {
                    push_capitalized(html, rank);
                } else {
                    html.push(' ');
                    push_word(html, rank);
                    if i + 1 < sentence && random.below(9) == 0 {
                        html.push(',');
                    }
                }
            }
            html.push_str(if words > 0 { ". " } else { "." });
        }
        html.push_str("</p>\n");
    }
}

const PREFIX: &str = "/generated/";

/// A rank in `0..vocabulary` by Zipf's law with exponent 1, in whole numbers:
/// floating-point logarithms differ between platforms in the last digit, and
/// with it the pages would.
///
/// An octave by chance, a place in it by chance, kept with probability `start /
/// place`: together proportional to `1 / place`.
fn zipf(random: &mut Random, vocabulary: usize) -> usize {
    let vocabulary = vocabulary.max(1) as u64;
    loop {
        let start = 1 << random.below(u64::from(vocabulary.ilog2()) + 1);
        let place = start + random.below(start);
        if place <= vocabulary && random.below(place) < start {
            return (place - 1) as usize;
        }
    }
}

/// The commonest words of English that are no run of the syllables below.
const COMMON: [&str; 48] = [
    "the", "of", "and", "to", "in", "is", "that", "it", "for", "was", "on",
    "with", "as", "by", "at", "from", "this", "not", "which", "or", "an",
    "but", "all", "when", "there", "can", "each", "how", "if", "will", "up",
    "other", "about", "out", "many", "then", "them", "only", "would", "into",
    "has", "two", "see", "could", "than", "first", "been", "who",
];

const CONSONANTS: &[u8] = b"bdfgklmnprstvzh";
const VOWELS: &[u8] = b"aeiou";

fn push_word(text: &mut String, rank: usize) {
    if let Some(word) = COMMON.get(rank) {
        text.push_str(word);
        return;
    }
    // The rank in base 75, a syllable per digit, at least two: distinct ranks,
    // distinct words.
    let base = CONSONANTS.len() * VOWELS.len();
    let number = rank - COMMON.len() + base;
    let mut place = base;
    while number / place >= base {
        place *= base;
    }
    while place > 0 {
        let syllable = number / place % base;
        text.push(char::from(CONSONANTS[syllable / VOWELS.len()]));
        text.push(char::from(VOWELS[syllable % VOWELS.len()]));
        place /= base;
    }
}

fn push_capitalized(text: &mut String, rank: usize) {
    let start = text.len();
    push_word(text, rank);
    text[start..=start].make_ascii_uppercase();
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_page_and_another_seed_another() {
        let one = Generator::default();
        assert_eq!(one.html(7), one.html(7));
        assert_ne!(one.html(7), Generator { seed: 2, ..one }.html(7));
        assert_ne!(one.html(7), one.html(8));
    }

    #[test]
    fn a_page_keeps_its_text_when_the_site_grows() {
        let text = |pages| {
            let html = Generator { pages, ..Generator::default() }
                .html(7)
                .expect("page 7");
            html.split_once("<h1>")
                .expect("a heading")
                .1
                .split_once("</h1>")
                .expect("its end")
                .0
                .to_owned()
        };
        assert_eq!(text(10), text(1_000_000));
    }

    #[test]
    fn a_page_has_exactly_its_words() {
        for words_per_page in [0, 1, 29, 600, 5_000] {
            let site = Generator { words_per_page, ..Generator::default() };
            let html = site.html(3).expect("page 3");
            let text = html
                .split("<p>")
                .skip(1)
                .filter_map(|p| p.split("</p>").next());
            assert_eq!(
                text.map(|p| p.split_whitespace().count()).sum::<usize>(),
                words_per_page
            );
        }
    }

    #[test]
    fn every_rank_has_a_word_of_its_own() {
        let mut seen = HashSet::new();
        for rank in 0..100_000 {
            let mut word = String::new();
            push_word(&mut word, rank);
            assert!(seen.insert(word.clone()), "{word} again at {rank}");
        }
    }

    #[test]
    fn frequencies_follow_zipf() {
        let mut random = Random::new(1);
        let mut counts = HashMap::new();
        for _ in 0..1_000_000 {
            *counts.entry(zipf(&mut random, 1_000)).or_insert(0) += 1;
        }
        assert!(counts.keys().all(|&rank| rank < 1_000));
        for rank in [1, 2, 9, 99] {
            let times = f64::from(counts[&0]) / f64::from(counts[&rank]);
            let expected = (rank + 1) as f64;
            assert!(
                (times / expected - 1.0).abs() < 0.1,
                "rank {rank}: {times:.2} times rarer"
            );
        }
    }

    #[test]
    fn every_page_is_reached_from_the_first() {
        let site = Generator {
            pages: 500,
            words_per_page: 10,
            ..Generator::default()
        };
        let mut reached = HashSet::from([0]);
        let mut next = vec![0];
        while let Some(index) = next.pop() {
            let html = site.html(index).expect("a page of the site");
            for link in html
                .split("href=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
            {
                let target = site
                    .index(link)
                    .unwrap_or_else(|| panic!("{link} leads nowhere"));
                if reached.insert(target) {
                    next.push(target);
                }
            }
        }
        assert_eq!(reached.len(), 500);
    }

    #[test]
    fn a_path_leads_to_its_page_and_no_other_path_does() {
        let site = Generator { pages: 12, ..Generator::default() };
        assert_eq!(
            (0..12)
                .filter_map(|i| site.index(&site.path(i)))
                .collect::<Vec<_>>(),
            Vec::from_iter(0..12)
        );
        for path in [
            "/generated/1.html",
            "/generated/+0000001.html",
            "/generated/00000012.html",
            "/00000001.html",
        ] {
            assert_eq!(site.index(path), None, "{path}");
        }
    }

    #[test]
    fn tiny_sites_work() {
        for vocabulary in [0, 1, 2] {
            let site = Generator {
                pages: 1,
                vocabulary,
                words_per_page: 40,
                ..Generator::default()
            };
            assert!(site.html(0).is_some_and(|html| html.contains("<p>The")));
            assert_eq!(site.html(1), None);
        }
    }
}
