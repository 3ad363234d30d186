//! Text from a server, made safe to print.

/// The text without what would move the cursor or turn the line around it.
pub fn printable(text: &str) -> String {
    let harmful =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if harmful(c) { ' ' } else { c }).collect()
}
