//! A log of texts that try to be more than text: markup, characters that turn or hide text, letters that look like
//! others, lines as long as a statement can be, something from every plane of Unicode. Controls and direction overrides
//! are not among them: no log takes them.

use crate::world::{World, observation, ticking};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use truce_statement::draft::Draft;

/// Bytes of the longest text.
const LONG: usize = 32_000;

/// Makes the log in `folder`; returns its size.
///
/// # Panics
/// When a text is refused that should be taken.
#[must_use]
pub(super) fn make(folder: &Path) -> u64 {
    let mut world = World::default();
    let (depositary, _) = world.found(folder, ticking()).expect("a new ledger");
    for text in texts() {
        let signed = world.members[0].work.sign(observation(1, &text), Vec::new());
        let signed = signed.unwrap_or_else(|e| panic!("{:.40}: {:.300}", text, e.to_string()));
        depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
    }
    // As long as a statement can be, in one word, in one line, and in as many lines as go in.
    for text in
        ["x".repeat(LONG), "wide ".repeat(LONG / 5 - 1) + "end", "\u{2588}\n".repeat(LONG / 4 - 1) + "."]
    {
        let draft = json!({ "kind": "document", "body": {
            "class": "minutes", "title": "Long", "language": "en", "text": text
        } });
        let body =
            Draft::from_json(&draft.to_string()).unwrap_or_else(|e| panic!("{:.300}", e.to_string())).body;
        let signed = world.members[1].work.sign(body, Vec::new()).expect("sound");
        depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
    }
    // The same where a title, a name and a list stand.
    for text in ["<script>globalThis.hostile=1</script>", "\u{200f}txet\u{200b} denruter", "Моscow and Pаris"]
    {
        let draft = json!({ "kind": "inquiry", "body": {
            "to": ["south"], "title": text, "topic": "clarification", "question": format!("{text}?\n\n{text}")
        } });
        let body = Draft::from_json(&draft.to_string()).expect("a sound draft").body;
        let signed = world.members[1].work.sign(body, Vec::new()).expect("sound");
        depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
    }
    let size = depositary.register().size();
    depositary.close();
    size
}

fn texts() -> Vec<String> {
    let mut planes = String::new();
    for plane in 0..=16_u32 {
        // Characters of a plane that are assigned, or at least could be: no surrogates, no non-characters.
        for offset in [0x41, 0x3b1, 0x4e01, 0xac01, 0xf001, 0xfffd] {
            let _ = char::from_u32(plane * 0x1_0000 + offset).map(|c| write!(planes, "{c} "));
        }
    }
    let markup = "</dd></dl></section><script>globalThis.hostile=1</script><img src=x onerror=globalThis.hostile=2>\
                  <style>*{display:none}</style><a href=\"javascript:globalThis.hostile=3\">x</a>{{7*7}}${7*7}&lt;&amp;";
    let invisible =
        "pay\u{200b}load, zero\u{200d}width, soft\u{ad}hyphen, tag\u{e0041}\u{e007f}, \u{2060}joined";
    let turned = "from \u{200f}right to left \u{200e}and back \u{061c}again";
    let likeness = "Аvdiivkа раypal Ηοrlivka ｆｕｌｌｗｉｄｔｈ ⅸ ﬁ 𝐛𝐨𝐥𝐝";
    let stacked = format!("z{}algo", "\u{0301}\u{0489}\u{0336}".repeat(60));
    let scripts = "العربية עברית हिन्दी ไทย 中文 日本語 한국어 ქართული Հայերեն አማርኛ 👩‍👩‍👧‍👦🏳️‍🌈";
    let lines = "first\nsecond\n\n\nfifth\ttab";
    vec![
        markup.to_owned(),
        invisible.to_owned(),
        turned.to_owned(),
        likeness.to_owned(),
        stacked,
        scripts.to_owned(),
        lines.to_owned(),
        planes.trim().to_owned(),
        "\u{fdfd}".repeat(1_300),
        "a ".repeat(1_999).trim().to_owned(),
        "</script><!--<script>]]>".to_owned(),
    ]
}
