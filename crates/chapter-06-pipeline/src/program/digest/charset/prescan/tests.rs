use super::*;

fn name(html: &str) -> Option<&'static str> {
    declared(html.as_bytes()).map(Encoding::name)
}

#[test]
fn only_a_meta_declares() {
    for (html, expected) in [
        ("<meta charset=koi8-r>", Some("KOI8-R")),
        ("<META CHARSET = \"koi8-r\" >", Some("KOI8-R")),
        ("<meta/charset='koi8-r'/>", Some("KOI8-R")),
        (
            "<meta content='text/html; charset = koi8-r' http-equiv=Content-Type>",
            Some("KOI8-R"),
        ),
        (
            "<meta content='text/html; charset=\"koi8-r\"' http-equiv=content-type>",
            Some("KOI8-R"),
        ),
        (
            "<meta content='charset charset=koi8-r' http-equiv=content-type>",
            Some("KOI8-R"),
        ),
        ("<meta content='text/html; charset=koi8-r'>", None),
        (
            "<meta name=description content='charset=koi8-r' http-equiv=refresh>",
            None,
        ),
        ("<metadata charset=koi8-r>", None),
        ("<script charset=koi8-r></script>", None),
        ("<script charset=koi8-r></script><meta charset=utf-8>", Some("UTF-8")),
        ("<!-- <meta charset=koi8-r> --><meta charset=utf-8>", Some("UTF-8")),
        ("<!--><meta charset=koi8-r>", Some("KOI8-R")),
        ("<a title='<meta charset=koi8-r>'>", None),
        ("<meta charset=bogus><meta charset=koi8-r>", Some("KOI8-R")),
        ("<meta charset=koi8-r charset=utf-8>", Some("KOI8-R")),
        ("<meta charset=utf-16>", Some("UTF-8")),
        ("<meta charset=x-user-defined>", Some("windows-1252")),
        ("charset=koi8-r", None),
        ("<meta charset=koi8-r", None),
    ] {
        assert_eq!(name(html), expected, "{html}");
    }
    let late = format!("{}<meta charset=koi8-r>", " ".repeat(WITHIN));
    assert_eq!(name(&late), None);
    assert_eq!(
        declared_late(late.as_bytes()).map(Encoding::name),
        Some("KOI8-R")
    );
}

#[test]
fn a_meta_wins_over_an_xml_declaration() {
    let xml = "<?xml version='1.0' encoding = 'koi8-r'?>";
    assert_eq!(name(xml), Some("KOI8-R"));
    assert_eq!(name(&format!("{xml}<meta charset=utf-8>")), Some("UTF-8"));
    assert_eq!(name("<?xml version='1.0' encoding=koi8-r?>"), None);
    assert_eq!(name("<p><?xml version='1.0' encoding='koi8-r'?>"), None);
    assert_eq!(declared(b"<\0?\0x\0").map(Encoding::name), Some("UTF-16LE"));
}

#[test]
fn a_misspelt_pragma_is_a_hint() {
    let html = b"<meta httpequiv=ContentType content='text/html; charset=gbk'>";
    assert_eq!(hinted(html).map(Encoding::name), Some("GBK"));
}

/// The tests of html5lib on encodings, which are not part of this repository.
#[test]
#[ignore = "OVERLAP_HTML5LIB names the folder of html5lib-tests"]
fn the_encodings_of_html5lib_are_found() {
    let folder = std::env::var("OVERLAP_HTML5LIB").expect("it names a folder");
    let (mut tried, mut wrong) = (0, 0);
    for file in ["tests1.dat", "tests2.dat", "test-yahoo-jp.dat"] {
        let bytes = std::fs::read(format!("{folder}/encoding/{file}"))
            .expect("it can be read");
        let mark = b"#data\n";
        let starts: Vec<usize> = (0..bytes.len())
            .filter(|&at| bytes[at..].starts_with(mark))
            .collect();
        for (nth, start) in starts.iter().enumerate() {
            let end = starts.get(nth + 1).copied().unwrap_or(bytes.len());
            let test = &bytes[start + mark.len()..end];
            let name = b"\n#encoding\n";
            let at = test.windows(name.len()).position(|window| window == name);
            let at = at.expect("each test names an encoding");
            let label = test[at + name.len()..].trim_ascii();
            let label =
                label.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let expected = Encoding::for_label(label).expect("it is one");
            let page = &test[..at];
            let bom = Encoding::for_bom(page).map(|(encoding, _)| encoding);
            let found =
                bom.or_else(|| declared(page)).or_else(|| declared_late(page));
            let found = found.unwrap_or(WINDOWS_1252);
            tried += 1;
            if found != expected {
                wrong += 1;
                println!(
                    "{file} {}: {} and not {}",
                    String::from_utf8_lossy(&test[..at]),
                    found.name(),
                    expected.name()
                );
            }
        }
    }
    println!("{wrong} of {tried} are wrong");
    assert!(tried > 50 && wrong == 0, "{wrong} of {tried}");
}

#[test]
fn a_tag_of_many_attributes_is_read_in_one_pass() {
    let attributes: String =
        (0..1_000_000).map(|nth| format!("a{nth} ")).collect();
    let page = format!("<meta {attributes} charset=koi8-r charset=utf-8>");
    let late =
        witness::within(std::time::Duration::from_secs(240), move || {
            declared_late(page.as_bytes()).map(Encoding::name)
        });
    assert_eq!(late, Some("KOI8-R"));
}
