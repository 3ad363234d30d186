//! Text that is made up.

/// The length and the vocabulary of a text.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Words in all.
    pub words: usize,
    /// Different words, if the text is long enough for the rarest.
    pub different: usize,
}

/// Makes pages of 2000 words, always the same. As in real text, the second word
/// is about half as frequent as the first, the third a third, and so on.
pub fn pages(text: Text) -> Vec<String> {
    let vocabulary: Vec<String> = (0..text.different).map(spell).collect();
    let mut random = fastrand::Rng::with_seed(5);
    let mut page = |words: usize| {
        let mut page = String::with_capacity(5 * words);
        for _ in 0..words {
            // The exponent is even between 0 and 1, so the small ranks come
            // often.
            let rank =
                (text.different as f64 + 1.0).powf(random.f64()) as usize;
            page.push_str(&vocabulary[rank.min(text.different) - 1]);
            page.push_str(
                [" ", " ", " ", " ", " ", " ", ", ", ". "][random.usize(0..8)],
            );
        }
        page
    };
    let starts = (0..text.words).step_by(2_000);
    starts.map(|start| page((text.words - start).min(2_000))).collect()
}

/// The `n`th word, short if `n` is small: its digits to the base 26, the last
/// one first.
pub(super) fn spell(mut n: usize) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
        if n == 0 {
            return word;
        }
    }
}
