use super::*;

fn url(path: &str) -> Source {
    Source::Url(format!("http://a{path}").parse().expect("it is a URL"))
}

fn refused(text: &str, path: &str) -> bool {
    Access::of(Ok(text.into())).refusal(&url(path)).is_some()
}

#[test]
fn the_rules_are_those_for_us_or_else_those_for_all() {
    let text = "User-agent: overlap\nDisallow: /ours\n\nUser-agent: *\nDisallow: /all\n";
    assert!(refused(text, "/ours/x") && !refused(text, "/all"));
    let text = "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /a\nAllow: /a/b\n";
    assert!(
        refused(text, "/a/c")
            && !refused(text, "/a/b/c")
            && !refused(text, "/c")
    );
    assert!(!refused("<!doctype html><title>Not found</title>", "/"));
}

#[test]
fn only_a_file_that_is_not_there_is_leave() {
    let status = |status| {
        Access::of(Err(Error {
            status: Some(status),
            ..Error::lasting(Kind::Status, "no")
        }))
    };
    for gone in [400, 401, 403, 404, 410, 451] {
        assert_eq!(status(gone).refusal(&url("/")), None, "{gone}");
    }
    for broken in [429, 500, 503, 304] {
        let (kind, _) =
            status(broken).refusal(&url("/")).expect("nothing is allowed");
        assert_eq!(kind, Kind::Status, "{broken}");
    }
    let refused =
        |kind| Access::of(Err(Error::lasting(kind, "no"))).refusal(&url("/"));
    assert_eq!(refused(Kind::Redirect), None);
    assert_eq!(
        refused(Kind::Connect).map(|(kind, _)| kind),
        Some(Kind::Connect)
    );
}

#[test]
fn rules_count_in_whatever_encoding_they_are_written() {
    let text = "User-agent: *\r\nDisallow: /ä/private\r\n";
    let wide = |mark: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("{mark}{text}").encode_utf16().flat_map(bytes).collect()
    };
    let utf_8 = |mark: &str| format!("{mark}{text}").into_bytes();
    for (name, bytes) in [
        ("UTF-8", utf_8("")),
        ("with a mark", utf_8("\u{feff}")),
        ("with two", utf_8("\u{feff}\u{feff}")),
        ("UTF-16LE", wide("", u16::to_le_bytes)),
        ("UTF-16BE", wide("", u16::to_be_bytes)),
        ("UTF-16LE with a mark", wide("\u{feff}", u16::to_le_bytes)),
        ("UTF-16BE with a mark", wide("\u{feff}", u16::to_be_bytes)),
        ("two files", [&*utf_8(""), &*utf_8("\u{feff}")].concat()),
    ] {
        let access = Access::of(Ok(bytes));
        assert!(access.refusal(&url("/ä/private")).is_some(), "{name}");
        assert_eq!(access.refusal(&url("/public")), None, "{name}");
    }
    // A mark within is a letter of no key, but at a line's start it is none.
    let joined =
        "User-agent: x\nDisallow: /x\n\u{feff}User-agent: *\nDisallow: /all\n";
    assert!(refused(joined, "/all") && !refused(joined, "/x"));
    // The cap counts bytes as they came.
    let mut cut = wide("\u{feff}", u16::to_le_bytes);
    while cut.len() < MAX_BYTES {
        cut.extend("# x\n".encode_utf16().flat_map(u16::to_le_bytes));
    }
    let line = "\nDisallow: /p";
    let line = line.encode_utf16().flat_map(u16::to_le_bytes);
    let line: Vec<u8> = line.collect();
    cut.truncate((MAX_BYTES - line.len()) / 2 * 2);
    cut.extend(line);
    cut.resize(MAX_BYTES, 0);
    let access = Access::of(Ok(cut));
    assert!(access.refusal(&url("/ä/private")).is_some());
    assert_eq!(access.refusal(&url("/public")), None, "its line was cut");
}

#[test]
fn a_line_that_the_cap_cuts_allows_nothing() {
    let mut text = "User-agent: *\nDisallow: /\n".to_owned();
    while text.len() < MAX_BYTES - 10 {
        text.push_str("# a comment\n");
    }
    text.truncate(MAX_BYTES - 10);
    text.push_str("\nAllow: /private\n");
    text.truncate(MAX_BYTES);
    assert!(text.ends_with("Allow: /p"));
    assert!(refused(&text, "/p"));
}

#[test]
fn a_delay_is_of_our_group() {
    let delay = |text: &str| Access::of(Ok(text.into())).delay();
    assert_eq!(
        delay("User-agent: *\nCrawl-delay: 2.5\n"),
        Some(Duration::from_millis(2_500))
    );
    for none in [
        "User-agent: *\nCrawl-delay: 0\n",
        "User-agent: x\nCrawl-delay: 9\n",
        "",
    ] {
        assert_eq!(delay(none), None, "{none}");
    }
    assert!(delay("User-agent: *\nCrawl-delay: 1e15\n") > Some(LONGEST_DELAY));
}

/// The examples of RFC 9309, section 2.2.2 and 2.2.3, and its parser's.
#[test]
fn the_standards_examples() {
    for agent in [
        "overlap/1.0",
        "Overlap",
        "overlap 1.0",
        "\toverlap/1.0 (x)",
        "OVERLAP/*",
    ] {
        let text = format!(
            "User-agent: *\nDisallow:\n\nUser-agent: {agent}\nDisallow: /a\n"
        );
        assert!(refused(&text, "/a"), "{agent}");
    }
    assert!(!refused("User-agent: overlapping/1.0\nDisallow: /\n", "/a"));
    for (rule, path, matches) in [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz", true),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84", true),
        ("/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84", true),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", true),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", true),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-x.html", false),
        ("/path/foo-%24", "/path/foo-$", true),
        ("/path/foo-%24", "/path/foo-", false),
        ("/a$b", "/a$b/c", true),
        ("/a$b", "/a", false),
        ("/a$", "/a", true),
        ("/a$ # comment", "/a/b", false),
        ("/this/*/exactly", "/this/*/exactly", true),
        ("/this/*/exactly", "/this/x/exactly", true),
        ("*.gif$", "/a.gif", true),
        ("*.gif$", "/a.gif?x", false),
    ] {
        let text = format!("User-agent: *\nDisallow: {rule}\n");
        assert_eq!(refused(&text, path), matches, "{rule} {path}");
    }
}

/// What people write, and what search engines read nevertheless.
#[test]
fn rules_are_read_however_they_are_misspelled() {
    for text in [
        "User-agent: overlap/1.0\nDisallow: /a\n",
        "Useragent: overlap/1.0\nDisalow: /a\n",
        "user agent : overlap/1.0\nDissallow: /a\n",
        "user agent overlap/1.0\nDisallow /a\n",
        "User-agent overlap/1.0 (+http://o/)\nDisallow\t/a\n",
        "\u{feff}User-agent: Overlap\u{0}Disallow: /a\u{0}",
        "User-agent: * # for all\nDisallow: /a\n",
        "User-agent: * all\nDisallow: /a\n",
        "User-agent: x\nUser-agent: overlap/2\nCrawl-delay: 1\nDisallow: /a\n",
        "User-agent: overlap\nDisallow:http:x\nDisallow: /a # b: c\n",
    ] {
        assert!(refused(text, "/a/b"), "{text:?}");
        assert!(!refused(text, "/b"), "{text:?}");
    }
    for (text, path, expected) in [
        ("Disalow: /a$b", "/a$b/c", true),
        ("Disallow /a$b", "/a$b/c", true),
        ("Disallow /a:$b", "/a:$b/c", true),
        ("Disallow: /a$", "/a/b", false),
    ] {
        let text = format!("User-agent: *\n{text}\n");
        assert_eq!(refused(&text, path), expected, "{text:?}");
    }
}

/// The suite of RFC 9309, section 5.1, as each of its agents sees it. We are
/// one of them at a time.
#[test]
fn the_standards_example_of_a_file() {
    let text = |ours: [&str; 4]| {
        let [foo, bar, baz, qux] = ours;
        format!(
            "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n\
             User-Agent: {foo}\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n\
             User-Agent: {bar}\nUser-Agent: {baz}\nDisallow: /example/page.html\n\n\
             User-Agent: {qux}\n\nEOF"
        )
    };
    let pages = [
        "/example/page.html",
        "/example/allowed.gif",
        "/example/",
        "/publications/",
        "/publications/a.gif",
        "/a.gif",
        "/a.gif?b",
        "/",
    ];
    let us = |nth: usize| {
        let mut names = ["foobot", "barbot", "bazbot", "quxbot"];
        if let Some(name) = names.get_mut(nth) {
            *name = "overlap";
        }
        text(names)
    };
    for (nth, who, allowed) in [
        (0, "foobot", [true, true, false, false, false, false, false, false]),
        (1, "barbot", [false, true, true, true, true, true, true, true]),
        (
            2,
            "bazbot, of the same group",
            [false, true, true, true, true, true, true, true],
        ),
        (3, "quxbot, without a rule", [true; 8]),
        // The longest match decides: `/publications/` is longer than `*.gif$`.
        (
            9,
            "anybody else",
            [false, false, false, true, true, false, true, true],
        ),
    ] {
        let text = us(nth);
        assert_eq!(pages.map(|page| !refused(&text, page)), allowed, "{who}");
    }
}

/// Section 5.2, and what section 2.2.2 says of rules that are equally long.
#[test]
fn the_longest_match_decides_and_of_two_equal_ones_the_permission() {
    let text = "User-Agent: overlap\nAllow: /example/page/\n\
                Disallow: /example/page/disallowed.gif\n";
    assert!(refused(text, "/example/page/disallowed.gif"));
    assert!(!refused(text, "/example/page/allowed.gif"));
    for text in ["Allow: /a\nDisallow: /a\n", "Disallow: /a\nAllow: /a\n"] {
        assert!(!refused(&format!("User-agent: *\n{text}"), "/a/b"), "{text}");
    }
    assert!(
        !refused("User-agent: *\nDisallow: /\n", "/robots.txt"),
        "it is always allowed"
    );
}

/// Section 2.2.1: names in any case; the rules of all groups for us are one; a
/// star is the last resort. Section 2.1: what is no rule of ours is passed
/// over, and a group begins with its names.
#[test]
fn groups_are_found_and_joined_as_the_standard_says() {
    let joined = "User-agent: overlap\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\n\
                  user-AGENT: OverLap\nDisallow: /b\n\nUser-agent: *\nDisallow: /c\n";
    assert_eq!(
        ["/a", "/b", "/c", "/d"].map(|it| refused(joined, it)),
        [true, true, false, false]
    );
    let nobody = "User-agent: other\nDisallow: /\n";
    assert!(!refused(nobody, "/a"), "no group is for us");
    let before = "Disallow: /a\nUser-agent: *\nDisallow: /b\n";
    assert_eq!(["/a", "/b"].map(|it| refused(before, it)), [false, true]);
    let others = "User-agent: overlap\nSitemap: http://a/s.xml\nUnknown: x\nUser-agent: other\n\
                  Disallow: /a\n";
    assert!(
        refused(others, "/a"),
        "what is no rule does not end the names of a group"
    );
    for ends in ["\n", "\r\n", "\r"] {
        let text = format!(
            " User-agent :overlap{ends}# a comment{ends}Disallow:/a # x{ends}"
        );
        assert!(refused(&text, "/a"), "{ends:?}");
    }
}
