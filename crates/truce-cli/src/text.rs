//! Text for people: on one line, cut to a width.

/// Text on one line, without control characters: nothing that a statement says may move the cursor.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "\u{fffd}")
}

/// Text cut to `width` characters.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_reaches_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2J\nb"), "a\u{fffd}[2J b");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
