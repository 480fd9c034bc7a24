//! Messages without variables, formatted and escaped once for the process: a page of records says two hundred of them.

use super::Language;
use fluent_syntax::ast::Entry;
use maud::{Render, html};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::LazyLock;

/// Text of a message.
#[derive(Clone, Debug)]
pub struct Said(Text);

#[derive(Clone, Debug)]
enum Text {
    Known(&'static Message),
    /// There is no such message: its key.
    Key(String),
}

/// A message as text, and as it stands in a page.
#[derive(Debug)]
struct Message {
    text: String,
    markup: String,
}

impl Said {
    pub(super) fn of(language: Language, key: &str) -> Option<Self> {
        language.of(&MESSAGES).get(key).map(|message| Self(Text::Known(message)))
    }

    pub(super) fn key(key: &str) -> Self {
        Self(Text::Key(key.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn into_owned(self) -> String {
        match self.0 {
            Text::Known(message) => message.text.clone(),
            Text::Key(key) => key,
        }
    }
}

impl Deref for Said {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Text::Known(message) => &message.text,
            Text::Key(key) => key,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl PartialEq for Said {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Render for Said {
    fn render_to(&self, page: &mut String) {
        match &self.0 {
            Text::Known(message) => page.push_str(&message.markup),
            Text::Key(key) => key.render_to(page),
        }
    }
}

/// By language, in the order of [`Language::ALL`], and key.
static MESSAGES: LazyLock<[HashMap<&'static str, Message>; 5]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let bundle = language.bundle();
        let read = language.resource().entries().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message.id.name),
            _ => None,
        });
        read.filter_map(|key| {
            let pattern = bundle.get_message(key)?.value()?;
            let text = bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned();
            let markup = html! { (text) }.into_string();
            Some((key, Message { text, markup }))
        })
        .collect()
    })
});
