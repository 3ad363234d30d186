use proptest::prelude::*;

use super::*;
use crate::program::body::{Body, MediaType};
use crate::program::digest::{Extract, digest_body};

fn page(html: &str) -> Digest {
    let body = Body { bytes: html.into(), ..Body::default() };
    digest_body(&body, Extract::TextAndLinks).expect("it has text")
}

const PAGE: &str = "<html lang=de><meta name=robots content=nofollow>\
    <base href=/b/><title>Rot und Grün</title><h1 id=a>Über Rot</h1>\
    <p>Rouge, <a href=x>été</a> rouge.<h2 id=b>Fin</h2>";

#[test]
fn what_comes_is_what_was_sent() {
    let long = (0..2_000).fold(String::new(), |long, nth| {
        long + &format!("<h2 id=s{nth}>wörd{} a</h2> ", nth % 700)
    });
    for html in [PAGE, "<p>one", "<title>only a title</title>", &long] {
        let digest = page(html);
        let bytes = digest.clone().to_bytes();
        assert_eq!(Digest::from_bytes(&bytes), Ok(digest), "{html:.40}");
    }
    let text = Body {
        bytes: b"a b a".to_vec(),
        media_type: MediaType::Plain,
        ..Body::default()
    };
    let digest = digest_body(&text, Extract::Text).expect("it has text");
    let bytes = digest.clone().to_bytes();
    assert_eq!(Digest::from_bytes(&bytes), Ok(digest));
}

/// Bytes that were sent, but for one change.
fn changed(change: impl FnOnce(&mut Sent)) -> Result<Digest, NoDigest> {
    let bytes = page(PAGE).to_bytes();
    let mut sent: Sent = postcard::from_bytes(&bytes).expect("they were sent");
    change(&mut sent);
    Digest::from_bytes(&postcard::to_stdvec(&sent).expect("it fits"))
}

#[test]
fn what_no_text_has_is_refused() {
    assert!(changed(|_| {}).is_ok());
    type Change = fn(&mut Sent);
    let wrong: [(&str, Change); 15] = [
        ("a word more than positions", |it| it.in_title += 100),
        ("words of the text in the title", |it| it.in_title += 1),
        ("a position twice", |it| it.gaps[1] = 0),
        ("a position behind the end", |it| it.gaps[0] = 5_000),
        ("an overflow", |it| it.gaps[1] = u32::MAX),
        ("a term without positions", |it| it.terms[0].1 = 0),
        ("a term without letters", |it| it.terms[0].0 = 0),
        ("letters of no term", |it| it.letters.push('x')),
        ("a term twice", |it| it.letters.replace_range(..6, "rotrot")),
        ("a mark of a name", |it| it.letters.replace_range(..1, "\u{1}")),
        ("a checkpoint behind the text", |it| it.checkpoints[0] = 9_999),
        ("a heading behind the text", |it| {
            it.outline.headings[0].end = 9_999;
        }),
        ("headings out of order", |it| it.outline.headings.swap(0, 1)),
        ("words before headings out of order", |it| {
            it.heading_words.swap(0, 1);
        }),
        ("an encoding that is none", |it| {
            if let Some(links) = &mut it.links {
                links.encoding = "x".into();
            }
        }),
    ];
    for (what, change) in wrong {
        assert_eq!(changed(change), Err(NoDigest), "{what}");
    }
}

proptest! {
    #[test]
    fn whatever_comes_nothing_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let _ = Digest::from_bytes(&bytes);
        let mut bytes = page(PAGE).to_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Whatever is taken can be sent on.
        if let Ok(digest) = Digest::from_bytes(&bytes) {
            let again = Digest::from_bytes(&digest.clone().to_bytes());
            prop_assert_eq!(again, Ok(digest));
        }
        let cut = cut.index(bytes.len());
        prop_assert_eq!(Digest::from_bytes(&bytes[..cut]), Err(NoDigest));
    }
}
