//! Text for people: on one line, cut to a width, an error with its causes.

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

/// An error with its causes, in one sentence.
pub(crate) fn explain(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence = format!("{sentence}: {cause}");
        source = cause.source();
    }
    sentence
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
