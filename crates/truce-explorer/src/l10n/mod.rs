//! Languages of the interface: which one a reader gets, its words, numbers and times.
//!
//! Words come from `locales/*.ftl`, compiled in and parsed once per process. A message that is missing in a language is
//! a fault that a test finds; at run time its key stands in its place.
//!
//! # Out of scope
//! What was signed is never translated. Labels of signed fields are data of their own, [`labels`], since the browser's
//! verifier reads the same files.

pub mod labels;
mod numbers;
mod said;
mod times;

pub use numbers::grouped;
pub use said::Said;
pub use times::{Day, day_of, month_of, rfc3339, utc, utc_day, utc_minute};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::{FluentNumber, FluentNumberOptions};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Arabic, right to left.
    Ar,
    /// English.
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// Russian.
    Ru,
}

impl Language {
    /// All of them, in the order of the switch: that of the United Nations in English.
    pub const ALL: [Self; 5] = [Self::Ar, Self::En, Self::Fr, Self::Ru, Self::Es];

    /// The tag, as in `<html lang>` and in front of a path.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Ru => "ru",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ar => "العربية",
            Self::En => "English",
            Self::Es => "Español",
            Self::Fr => "Français",
            Self::Ru => "Русский",
        }
    }

    /// Direction of writing, as in `<html dir>`.
    #[must_use]
    pub const fn dir(self) -> &'static str {
        match self {
            Self::Ar => "rtl",
            _ => "ltr",
        }
    }

    /// The language of this tag.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The best of ours for an `Accept-Language` header; English where none fits.
    #[must_use]
    pub fn negotiated(accept: &str) -> Self {
        // A header of a thousand languages would cost time and mean nothing.
        let asked = fluent_langneg::accepted_languages::parse(accept.get(..400).unwrap_or(accept));
        let ours = &*IDENTIFIERS;
        let best = fluent_langneg::negotiate_languages(
            &asked,
            ours,
            None,
            fluent_langneg::NegotiationStrategy::Filtering,
        );
        best.first().and_then(|best| Self::of_tag(best.language.as_str())).unwrap_or(Self::En)
    }

    /// The messages of this language.
    #[must_use]
    pub fn words(self) -> Words {
        Words { language: self }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Ar => include_str!("../../locales/ar.ftl"),
            Self::En => include_str!("../../locales/en.ftl"),
            Self::Es => include_str!("../../locales/es.ftl"),
            Self::Fr => include_str!("../../locales/fr.ftl"),
            Self::Ru => include_str!("../../locales/ru.ftl"),
        }
    }

    /// This language's item of a list with one item for each language in [`Self::ALL`].
    fn of<T>(self, each: &[T; 5]) -> &T {
        let [ar, en, fr, ru, es] = each;
        match self {
            Self::Ar => ar,
            Self::En => en,
            Self::Es => es,
            Self::Fr => fr,
            Self::Ru => ru,
        }
    }

    fn bundle(self) -> &'static FluentBundle<&'static FluentResource> {
        self.of(&BUNDLES)
    }

    fn resource(self) -> &'static FluentResource {
        self.of(&RESOURCES)
    }
}

static IDENTIFIERS: LazyLock<Vec<LanguageIdentifier>> =
    LazyLock::new(|| Language::ALL.iter().filter_map(|language| language.tag().parse().ok()).collect());

static RESOURCES: LazyLock<[FluentResource; 5]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        // Syntax errors leave what could be read; a test of the files finds them.
        match FluentResource::try_new(language.source().to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        }
    })
});

static BUNDLES: LazyLock<[FluentBundle<&'static FluentResource>; 5]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let identifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Where a page runs right to left, an inserted Latin name must not pull its neighbours along.
        bundle.set_use_isolating(language == Language::Ar);
        bundle.set_formatter(Some(match language {
            Language::Ar => |value, _| numbers::formatted(Language::Ar, value),
            Language::En => |value, _| numbers::formatted(Language::En, value),
            Language::Es => |value, _| numbers::formatted(Language::Es, value),
            Language::Fr => |value, _| numbers::formatted(Language::Fr, value),
            Language::Ru => |value, _| numbers::formatted(Language::Ru, value),
        }));
        bundle.add_resource_overriding(language.resource());
        bundle
    })
});

/// The messages of one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    language: Language,
}

impl Words {
    /// The language.
    #[must_use]
    pub fn language(self) -> Language {
        self.language
    }

    /// A message without variables; its key where there is none.
    #[must_use]
    pub fn say(self, key: &str) -> Said {
        self.get(key).unwrap_or_else(|| Said::key(key))
    }

    /// A message without variables, if there is one of this key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Said> {
        Said::of(self.language, key)
    }

    /// A message with variables; its key where there is none.
    #[must_use]
    pub fn with(self, key: &str, values: &[(&'static str, Value<'_>)]) -> String {
        let bundle = self.language.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, value.fluent());
        }
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// A whole number in this language's notation.
    #[must_use]
    pub fn number(self, n: u64) -> String {
        grouped(self.language, n)
    }
}

/// Value of a variable of a message.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A number: chooses the plural, and is written in the language's notation.
    Number(u64),
    /// Text, as it is.
    Text(&'a str),
}

impl Value<'_> {
    #[allow(clippy::cast_precision_loss)] // Fluent counts in f64; what is counted here is far below 2^53.
    fn fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Number(n) => {
                FluentValue::Number(FluentNumber::new(*n as f64, FluentNumberOptions::default()))
            }
            Self::Text(text) => FluentValue::String(Cow::Borrowed(text)),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value<'_> {
    fn from(n: u64) -> Self {
        Self::Number(n)
    }
}

impl From<u32> for Value<'_> {
    fn from(n: u32) -> Self {
        Self::Number(n.into())
    }
}

impl From<usize> for Value<'_> {
    fn from(n: usize) -> Self {
        Self::Number(u64::try_from(n).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
