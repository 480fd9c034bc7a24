//! Texts of strangers, made inert. Whoever signs may write anything: markup, characters that turn the reading direction
//! round, characters that cannot be seen, letters of one script that look like those of another.
//!
//! Markup is escaped by the templates. Here every character that is not seen is shown as a mark with its number, as the
//! contract with the browser's verifier has it, and words of mixed scripts are found.

use maud::Render;

/// Text of a statement. Line breaks stay; every other character that cannot be seen is marked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inert<'a>(pub(super) &'a str);

impl Render for Inert<'_> {
    fn render_to(&self, page: &mut String) {
        // Most texts have nothing to mark, and most letters are a byte that is known to be seen.
        let plain = |b: u8| matches!(b, b' '..=b'~' | b'\n');
        let mut shown = self.0;
        loop {
            let known = shown.bytes().position(|b| !plain(b)).unwrap_or(shown.len());
            let (_, rest) = shown.split_at_checked(known).unwrap_or((shown, ""));
            let Some((at, unseen)) = rest.char_indices().find(|(_, c)| is_unseen(*c)) else {
                return escape(shown, page);
            };
            let (before, rest) = shown.split_at_checked(known + at).unwrap_or((shown, ""));
            escape(before, page);
            mark(unseen, page);
            shown = rest.get(unseen.len_utf8()..).unwrap_or_default();
        }
    }
}

fn mark(unseen: char, page: &mut String) {
    use std::fmt::Write as _;
    let number = u32::from(unseen);
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "<span class=\"mark\" data-char=\"U+{number:04X}\">\u{27e6}U+{number:04X}\u{27e7}</span>"
    );
}

fn escape(text: &str, page: &mut String) {
    replaced(text, page, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        _ => None,
    });
}

/// Adds `text`, with what stands for some of its ASCII characters in their places.
fn replaced(text: &str, page: &mut String, stand_in: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = text;
    while let Some((at, instead)) =
        rest.bytes().enumerate().find_map(|(at, byte)| Some((at, stand_in(byte)?)))
    {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(instead);
        rest = from.get(1..).unwrap_or_default();
    }
    page.push_str(rest);
}

/// Text that holds nothing to mark, such as hex digits or an address; markup in it is escaped all the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped<T>(pub(super) T);

impl<T: AsRef<str>> Render for Escaped<T> {
    fn render_to(&self, page: &mut String) {
        escape(self.0.as_ref(), page);
    }
}

/// One line of text that others wrote, in a direction of its own so that it cannot turn its neighbours round.
pub(super) fn line(text: &str) -> Line<'_> {
    Line(text)
}

/// See [`line`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a>(&'a str);

impl Render for Line<'_> {
    fn render_to(&self, page: &mut String) {
        page.push_str("<bdi>");
        Inert(self.0).render_to(page);
        page.push_str("</bdi>");
    }
}

/// The first `most` characters of a text, on one line.
pub(super) fn excerpt(text: &str, most: usize) -> Excerpt<'_> {
    Excerpt { text, most }
}

/// See [`excerpt`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Excerpt<'a> {
    text: &'a str,
    most: usize,
}

impl Render for Excerpt<'_> {
    fn render_to(&self, page: &mut String) {
        let end = self.text.char_indices().nth(self.most).map(|(at, _)| at);
        let (begins, _) =
            self.text.split_at_checked(end.unwrap_or(self.text.len())).unwrap_or((self.text, ""));
        page.push_str("<bdi>");
        if begins.contains('\n') {
            Inert(begins.replace('\n', " ").trim()).render_to(page);
        } else {
            Inert(begins.trim()).render_to(page);
        }
        if end.is_some() {
            page.push('…');
        }
        page.push_str("</bdi>");
    }
}

/// Text for places that take no markup, such as a title or a choice in a form: what cannot be seen is left out.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { ' ' } else { c }).filter(|c| !is_unseen(*c)).collect()
}

/// Tells characters that a reader cannot see, or cannot tell from nothing: controls, direction marks, joiners,
/// fillers, variation selectors, tags, private use, and what is no character at all.
#[allow(clippy::match_same_arms)] // Each arm is a reason of its own.
pub(super) fn is_unseen(c: char) -> bool {
    let n = u32::from(c);
    match n {
        0x0a => false,
        // Controls; soft hyphen; joiners and fillers.
        0..=0x1f
        | 0x7f..=0x9f
        | 0xad
        | 0x34f
        | 0x61c
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180f => true,
        // Spaces of other widths, direction marks, separators, invisible operators.
        0x1680 | 0x2000..=0x200f | 0x2028..=0x202e | 0x205f..=0x206f | 0x3000 | 0x3164 => true,
        // Private use, variation selectors, byte order mark, half-width filler, annotations.
        0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffc => true,
        // Format controls of Kaithi, hieroglyphs, shorthand and music; tags; planes for private use.
        0x110bd
        | 0x110cd
        | 0x13430..=0x1345f
        | 0x1bca0..=0x1bca3
        | 0x1d173..=0x1d17a
        | 0xe_0000..=0x10_ffff => true,
        // The last two of every plane are no characters, nor are 32 in the first.
        0xfdd0..=0xfdef => true,
        _ => n & 0xfffe == 0xfffe,
    }
}

/// Scripts whose letters are mistaken for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Latin, also in its full-width and mathematical forms.
    Latin,
    /// Cyrillic.
    Cyrillic,
    /// Greek.
    Greek,
    /// Armenian.
    Armenian,
    /// Cherokee.
    Cherokee,
}

impl Script {
    /// Key of its name among the messages.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Latin => "script-latin",
            Self::Cyrillic => "script-cyrillic",
            Self::Greek => "script-greek",
            Self::Armenian => "script-armenian",
            Self::Cherokee => "script-cherokee",
        }
    }

    fn of(c: char) -> Option<Self> {
        match u32::from(c) {
            0x41..=0x5a
            | 0x61..=0x7a
            | 0xc0..=0xd6
            | 0xd8..=0xf6
            | 0xf8..=0x2af
            | 0x1d00..=0x1dbf
            | 0x1e00..=0x1eff
            | 0x2c60..=0x2c7f
            | 0xa722..=0xa7ff
            | 0xab30..=0xab6f
            | 0xff21..=0xff3a
            | 0xff41..=0xff5a
            | 0x1d400..=0x1d6a5 => Some(Self::Latin),
            0x400..=0x52f | 0x1c80..=0x1c8f | 0x2de0..=0x2dff | 0xa640..=0xa69f => Some(Self::Cyrillic),
            0x370..=0x3ff | 0x1f00..=0x1fff | 0x1d6a8..=0x1d7cb => Some(Self::Greek),
            0x530..=0x58f => Some(Self::Armenian),
            0x13a0..=0x13ff | 0xab70..=0xabbf => Some(Self::Cherokee),
            _ => None,
        }
    }
}

/// A word whose letters come from more than one script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mixed {
    /// The word.
    pub(super) word: String,
    /// Its scripts, as they come.
    pub(super) scripts: Vec<Script>,
}

/// At most `most` words of mixed scripts in a text. Units such as "82mm" and single letters beside a hyphen are none.
pub(super) fn mixed(text: &str, most: usize) -> Vec<Mixed> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let mut found = Vec::new();
    for word in words {
        let mut scripts: Vec<Script> = Vec::new();
        for script in word.chars().filter_map(Script::of) {
            if !scripts.contains(&script) {
                scripts.push(script);
            }
        }
        if scripts.len() > 1 && found.len() < most {
            found.push(Mixed { word: word.chars().take(64).collect(), scripts });
        }
    }
    found
}

/// JSON for a block of data: nothing in it can end the block.
pub(super) fn data_block(value: &serde_json::Value) -> DataBlock {
    DataBlock(value.to_string())
}

/// See [`data_block`].
#[derive(Clone, Debug)]
pub(super) struct DataBlock(String);

impl Render for DataBlock {
    fn render_to(&self, page: &mut String) {
        page.reserve(self.0.len());
        replaced(&self.0, page, |c| match c {
            b'<' => Some("\\u003c"),
            b'>' => Some("\\u003e"),
            b'&' => Some("\\u0026"),
            _ => None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maud::html;

    fn shown(text: &str) -> String {
        html! { (Inert(text)) }.into_string()
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(shown("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(shown("\"&"), "&quot;&amp;");
    }

    #[test]
    fn an_excerpt_is_the_beginning_on_one_line() {
        let begins = |text: &str, most| html! { (excerpt(text, most)) }.into_string();
        assert_eq!(begins(" a\n<b ", 10), "<bdi>a &lt;b</bdi>");
        assert_eq!(begins("Авдіївка", 3), "<bdi>Авд…</bdi>");
        assert_eq!(begins("Авдіївка", 8), "<bdi>Авдіївка</bdi>");
        assert_eq!(begins("", 0), "<bdi></bdi>");
        assert_eq!(html! { (line("\"x")) }.into_string(), "<bdi>&quot;x</bdi>");
    }

    #[test]
    fn what_is_not_seen_is_marked() {
        assert_eq!(shown("a\u{202e}b"), "a<span class=\"mark\" data-char=\"U+202E\">⟦U+202E⟧</span>b");
        for c in ['\0', '\r', '\t', '\u{200b}', '\u{feff}', '\u{2066}', '\u{e0041}', '\u{10ffff}', '\u{fffe}']
        {
            assert!(shown(&c.to_string()).starts_with("<span class=\"mark\""), "{c:?}");
        }
        assert_eq!(shown("first\nsecond"), "first\nsecond");
        assert_eq!(shown("Їжак, مرحبا, 你好, 😀"), "Їжак, مرحبا, 你好, 😀");
    }

    #[test]
    fn every_character_of_every_plane_comes_out_once() {
        for c in (0..=0x10_ffff).step_by(7).filter_map(char::from_u32) {
            let out = shown(&c.to_string());
            let marked = out.contains("data-char");
            assert!(marked || out.contains(c) || "&<>\"".contains(c), "{c:?}");
        }
    }

    #[test]
    fn words_of_mixed_scripts_are_found() {
        let found = mixed("Mариуполь and Mariupol, 82mm", 8);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().map(|m| m.scripts.clone()), Some(vec![Script::Latin, Script::Cyrillic]));
        assert!(mixed("Маріуполь Mariupol Ελλάδα", 8).is_empty());
        assert_eq!(mixed(&"aа ".repeat(100), 3).len(), 3);
    }

    #[test]
    fn data_cannot_end_its_block() {
        let block = data_block(&serde_json::json!({ "a": "</script><!--" })).render().into_string();
        assert!(!block.contains('<'));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&block).ok(),
            Some(serde_json::json!({ "a": "</script><!--" }))
        );
    }
}
