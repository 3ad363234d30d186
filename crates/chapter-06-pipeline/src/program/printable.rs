//! Text from a server, made safe to print.

/// The text without what would move the cursor or turn the line around it.
pub fn printable(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if harmful(c) { ' ' } else { c }).collect()
}

/// JSON with its text escaped where a terminal would obey it, a reader be
/// misled or a line be ended: to JavaScript before 2019, and to programs that
/// read a line at a time, U+2028 and U+2029 end one. Such characters stand in
/// its strings only.
pub fn printable_json(json: &str) -> String {
    let harmful = |c: char| {
        matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        if harmful(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_and_moves_no_cursor() {
        let text = "a\u{9b}31m\u{202e}b\u{7f}é\u{1b}\u{2028}\u{2029}\u{85}c";
        let json =
            printable_json(&serde_json::json!({ "x": text }).to_string());
        assert!(json.chars().all(
            |c| !c.is_control() && !('\u{2028}'..='\u{202e}').contains(&c)
        ));
        assert_eq!(printable("a\u{2028}b\u{2029}\u{85}c"), "a b  c");
        let read: serde_json::Value =
            serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(read["x"], text);
    }
}
