use super::*;
use proptest::prelude::*;

fn positions<'a>(digest: &'a Digest, term: &str) -> &'a [u32] {
    digest
        .terms()
        .find(|(other, _)| *other == term)
        .map_or(&[], |(_, positions)| positions)
}

#[test]
fn words_are_counted_and_placed() {
    let digest = digest(
        b"<title>The Map</title><p>A map, the map</p>",
        MediaType::Html,
        None,
    )
    .expect("it is a page");
    assert_eq!(digest.words, 6);
    assert_eq!(positions(&digest, "map"), [1, 4, 6]);
    assert_eq!(positions(&digest, "the"), [0, 5]);
    assert_eq!(digest.body, 3);
}

#[test]
fn nothing_to_read_is_an_error_and_says_why() {
    let read = |body: &[u8]| digest(body, MediaType::Html, Some("utf-8"));
    assert_eq!(read(b" \n"), Err(Unreadable::Empty));
    assert_eq!(read(b"\x7fELF\0\0"), Err(Unreadable::Binary));
    assert_eq!(read(b"caf\xe9"), Err(Unreadable::Charset("UTF-8")));
    assert_eq!(read(b"<script>let x</script>"), Err(Unreadable::NoText));
    assert_eq!(read(b"<nav>Home</nav><img src=x>"), Err(Unreadable::NoText));
    assert_eq!(read(b"<img src=x>").expect("it has no word anywhere").words, 0);
}

#[test]
fn the_encoding_is_the_byte_order_mark_the_header_the_meta_or_a_guess() {
    let text = |body: &[u8], charset| {
        digest(body, MediaType::Plain, charset).expect("it is text").text
    };
    assert_eq!(text(b"caf\xe9", Some("iso-8859-1")), "café");
    assert_eq!(text(b"caf\xe9", None), "café");
    assert_eq!(text("café".as_bytes(), None), "café");
    assert_eq!(text(b"\xff\xfeh\0i\0", None), "hi");
    assert_eq!(text(b"h\0i\0", Some("utf-16le")), "hi");
    let quoted = "charset=koi8-r стоит в тексте";
    assert_eq!(
        text(quoted.as_bytes(), None),
        quoted,
        "plain text declares nothing"
    );
    let page = b"<meta charset=\"koi8-r\"><p>\xcd\xc9\xd2</p>";
    assert_eq!(
        digest(page, MediaType::Html, None).expect("it is a page").text,
        "мир"
    );
}

#[test]
fn a_nul_in_markup_is_nothing_and_anywhere_else_no_text() {
    let read = |body: &[u8], media_type| {
        digest(body, media_type, None).map(|digest| digest.text)
    };
    let markup = [
        &b"<p>over\0lap"[..],
        b"<p>\0overlap",
        b"\xef\xbb\xbf \n<p>over\0lap",
        b"<!DOCTYPE html>\0\0<p>over\0lap",
    ];
    for page in markup {
        assert_eq!(read(page, MediaType::Html), Ok("overlap".into()));
    }
    for (binary, media_type) in [
        (&b"<p>over\0lap"[..], MediaType::Plain),
        (b"over\0lap", MediaType::Html),
        (b"<\0p\0>\0x\0", MediaType::Html),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR <p>x", MediaType::Html),
    ] {
        assert_eq!(read(binary, media_type), Err(Unreadable::Binary));
    }
}

#[test]
fn a_byte_that_is_none_costs_itself_alone() {
    let read = |page: &[u8], charset| digest(page, MediaType::Html, charset);
    let page = b"<p>One caf\xe9 among many words that are right";
    let text = read(page, Some("utf-8")).expect("one byte is wrong").text;
    assert_eq!(text, "One caf\u{fffd} among many words that are right");
    let (cyrillic, _, _) =
        encoding_rs::KOI8_R.encode("совсем другая кодировка");
    assert_eq!(
        read(&cyrillic, Some("utf-8")),
        Err(Unreadable::Charset("UTF-8"))
    );
}

#[test]
fn a_checkpoint_stands_at_every_256th_word() {
    let text = "word ".repeat(600);
    let digest =
        digest(text.as_bytes(), MediaType::Plain, None).expect("it is text");
    assert_eq!(digest.checkpoints, [0, 256 * 5, 512 * 5]);
}

proptest! {
    #[test]
    fn every_word_has_one_position(text in "[a-c ]{0,60}") {
        let digest = collect(text.clone(), text.clone(), Outline::default());
        let mut placed: Vec<u32> = digest.terms().flat_map(|(_, positions)| positions.to_vec()).collect();
        placed.sort_unstable();
        let title = words(&text).count() as u32;
        let expected: Vec<u32> = (0..title).chain(title + 1..2 * title + 1).collect();
        prop_assert_eq!(placed, expected);
    }

    #[test]
    fn no_input_panics(body in proptest::collection::vec(any::<u8>(), 0..200), charset in "[a-z0-9-]{0,12}") {
        let _ = digest(&body, MediaType::Html, Some(&charset));
    }
}
