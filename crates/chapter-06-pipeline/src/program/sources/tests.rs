use super::*;
use std::fs;

fn error(text: &str) -> String {
    Sources::new().add(text).expect_err("this is no source").to_string()
}

#[test]
fn what_is_no_source_is_told_in_one_line() {
    assert!(error("http://[bad").contains("is not a valid URL"));
    assert!(error("ftp://example.org/").contains("only http and https"));
    assert!(error("no/such/folder").contains("neither a URL"));
    assert!(!error("http:/me:secret@a/").contains("secret"));
}

#[test]
fn a_directory_is_its_documents_each_once() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::create_dir(folder.path().join("deep")).expect("it can be made");
    for name in ["b.HTML", "a.htm", "deep/c.md", "logo.png"] {
        fs::write(folder.path().join(name), "x").expect("it can be written");
    }
    let text = folder.path().to_str().expect("the path is plain");
    let mut sources = Sources::new();
    sources.add(text).expect("it has documents");
    sources.add(text).expect("again");
    let names: Vec<_> =
        sources.into_vec().iter().map(|s| s.to_string()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names[0].starts_with("file:///") && names[0].ends_with("/a.htm"));
}

#[test]
fn a_password_is_used_and_not_shown() {
    let mut sources = Sources::new();
    sources.add("http://user:secret@example.org/").expect("it is a URL");
    let source = sources.into_vec().remove(0);
    assert_eq!(source.to_string(), "http://example.org/");
    assert!(
        matches!(source, Source::Url(url) if url.password() == Some("secret"))
    );
}

#[test]
fn a_directory_without_documents_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    assert!(
        error(folder.path().to_str().expect("the path is plain"))
            .contains("names no documents")
    );
}

#[test]
fn a_list_has_comments_and_its_errors_have_lines() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let list = folder.path().join("list");
    let path = list.to_str().expect("the path is plain");
    fs::write(&list, "\u{feff}# pages\nhttp://a/#top\n\nhttp://a/\n")
        .expect("it can be written");
    let mut sources = Sources::new();
    sources.add_list(path).expect("the list is right");
    let wide = "\u{feff}# Bücher\r\nhttp://a/#wide\r\n".encode_utf16();
    let wide: Vec<u8> = wide.flat_map(u16::to_le_bytes).collect();
    fs::write(&list, wide).expect("it can be written");
    sources.add_list(path).expect("the list is right in UTF-16, too");
    assert_eq!(
        sources.into_vec().len(),
        1,
        "the fragment is not part of the page's name"
    );

    let lines = "http://a/\r\n\r\ngopher://me:secret@b/\nno/such.html\n#x\n";
    fs::write(&list, lines).expect("it can be written");
    let mut sources = Sources::new();
    sources.add_list(path).expect("one line is right");
    let refused = sources.refused();
    let rows = refused.iter().map(|row| (row.url.as_str(), row.kind));
    let expected =
        ["gopher://b/", "no/such.html"].map(|it| (it, Kind::Unreadable));
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    let detail = &refused[0].detail;
    assert!(detail.contains("line 3: 'gopher://b/'"), "{detail}");
    assert_eq!(sources.into_vec().len(), 1);

    fs::write(&list, "gopher://b/\n").expect("it can be written");
    let error = Sources::new().add_list(path).expect_err("no line is right");
    assert!(error.to_string().contains("line 1: 'gopher://b/'"), "{error}");

    fs::write(&list, "# nothing\n").expect("it can be written");
    assert!(Sources::new().add_list(path).is_err());
}

#[test]
#[cfg(unix)]
fn a_list_names_files_whose_names_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join(OsStr::from_bytes(b"caf\xe9.html"));
    fs::write(&file, "x").expect("it can be written");
    let list = folder.path().join("list");
    let mut lines = file.as_os_str().as_bytes().to_vec();
    lines.extend(b"\ncaf\xe9-lost.html\n");
    fs::write(&list, lines).expect("it can be written");
    let mut sources = Sources::new();
    let added = sources.add_list(list.to_str().expect("the path is plain"));
    added.expect("one line is right");
    let refused = sources.refused();
    let rows: Vec<&str> = refused.iter().map(|row| row.url.as_str()).collect();
    assert_eq!(rows, ["caf\u{fffd}-lost.html"]);
    let found = sources.into_vec();
    assert!(matches!(&found[..], [Source::File(path)] if path.ends_with(
        OsStr::from_bytes(b"caf\xe9.html")
    )));
}

#[test]
fn a_url_with_two_passwords_is_one_document_and_a_row() {
    let mut sources = Sources::new();
    for user in ["b:2@", "a:1@", "", "c@"] {
        sources.add(&format!("http://{user}h/both")).expect("it is a URL");
    }
    for url in [
        "http://b:2@h/two",
        "http://a:1@h/two",
        "http://b:2@h/one",
        "http://h/none",
    ] {
        sources.add(url).expect("it is a URL");
    }
    let refused = sources.refused();
    let rows: Vec<&str> = refused.iter().map(|row| row.url.as_str()).collect();
    assert_eq!(rows, ["http://h/both", "http://h/two"]);
    assert!(!format!("{refused:?}").contains(":1"), "{refused:?}");
    let mut taken: Vec<String> =
        sources.into_vec().iter().map(|it| it.to_string()).collect();
    taken.sort_unstable();
    assert_eq!(
        taken,
        ["http://h/both", "http://h/none", "http://h/one", "http://h/two"]
    );
}

#[test]
#[cfg(unix)]
fn what_is_called_like_a_document_and_is_none_is_a_row() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path();
    fs::write(path.join("a.html"), "x").expect("it can be written");
    fs::create_dir(path.join("folder.html")).expect("it can be made");
    for (to, name) in [
        ("nowhere", "lost.html"),
        ("/dev/null", "null.html"),
        ("a.html", "b.html"),
    ] {
        std::os::unix::fs::symlink(to, path.join(name))
            .expect("it can be made");
    }
    let mut sources = Sources::new();
    sources
        .add(path.to_str().expect("the path is plain"))
        .expect("it has documents");
    let refused = sources.refused();
    let rows = refused
        .iter()
        .map(|row| (row.url.rsplit('/').next().unwrap_or_default(), row.kind));
    let expected =
        ["lost.html", "null.html"].map(|name| (name, Kind::Unreadable));
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    assert_eq!(sources.into_vec().len(), 2);
}
