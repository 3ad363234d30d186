//! The pictures of two recordings, to the character: they change only on
//! purpose.
//!
//! To change them, run this test with `TIMELINE_BLESS=1` and look at the
//! difference.

use std::fs;
use std::path::Path;
use std::time::Duration;

use timeline::{Recording, Row, Stay, Style, View, draw, svg};

fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

fn row(
    name: &'static str,
    fields: &str,
    life: (u64, u64),
    stays: &[(u64, u64, usize)],
) -> Row {
    let stay =
        |&(start, end, thread)| Stay { start: ms(start), end: ms(end), thread };
    let stays = stays.iter().map(stay).collect();
    Row {
        name,
        fields: fields.into(),
        start: ms(life.0),
        end: ms(life.1),
        closed: true,
        stays,
    }
}

fn threads(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A row each: short and long stays, one after another, side by side, never
/// entered, a long label.
fn cups() -> Recording {
    Recording {
        title: "cups & <saucers>".into(),
        length: ms(340),
        threads: threads(&["main", "tokio worker", "thread", "thread"]),
        rows: vec![
            row("brew", "cup=1", (0, 340), &[(0, 1, 0), (339, 340, 1)]),
            row(
                "brew",
                "cup=2",
                (20, 260),
                &[(20, 100, 1), (100, 200, 2), (200, 240, 2)],
            ),
            row("brew", "cup=3", (30, 90), &[]),
            row(
                "fetch",
                "url=https://example.org/a/very/long/way",
                (0, 0),
                &[(0, 0, 3)],
            ),
        ],
        omitted: 0,
    }
}

/// Stages and threads: three stages, one inside another, and more spans than
/// were kept.
fn pages() -> Recording {
    let page = |n: u64| {
        let fields = format!("page={n}");
        let worker = usize::try_from(n % 2).expect("0 or 1");
        [
            row(
                "fetch",
                &fields,
                (n, 40 + n * 7),
                &[(n, n + 1, 0), (39 + n * 7, 40 + n * 7, 0)],
            ),
            row(
                "find",
                &fields,
                (40 + n * 7, 52 + n * 7),
                &[(42 + n * 7, 52 + n * 7, 1 + worker)],
            ),
            row(
                "digest",
                &fields,
                (43 + n * 7, 50 + n * 7),
                &[(44 + n * 7, 50 + n * 7, 1 + worker)],
            ),
        ]
    };
    Recording {
        title: "pages".into(),
        length: ms(150),
        threads: threads(&["tokio worker", "rayon 0", "thread"]),
        rows: (0..12).flat_map(page).collect(),
        omitted: 17,
    }
}

fn check(name: &str, drawn: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/integration/pictures")
        .join(name);
    if std::env::var_os("TIMELINE_BLESS").is_some() {
        fs::write(&file, drawn).expect("the picture can be written");
    }
    let kept = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        drawn == kept,
        "{name} is another picture now:\n{drawn}\nit was\n{kept}"
    );
}

#[test]
fn as_text() {
    for (name, recording, view, width) in [
        ("cups-80.txt", cups(), View::Auto, 80),
        ("cups-40.txt", cups(), View::Tasks, 40),
        ("pages-80.txt", pages(), View::Auto, 80),
        ("pages-60.txt", pages(), View::Threads, 60),
        ("pages-tasks.txt", pages(), View::Tasks, 100),
    ] {
        let style = Style { width, view, ..Style::default() };
        check(
            name,
            &anstream::adapter::strip_str(&draw(&recording, &style))
                .to_string(),
        );
    }
}

#[test]
fn with_colors() {
    check("cups.ansi", &draw(&cups(), &Style::default()));
    check("pages.ansi", &draw(&pages(), &Style::default()));
}

#[test]
fn as_svg() {
    check("both.svg", &svg::draw(&[cups(), pages()], &Style::default()));
}
