//! Stable codes: the word for what is wrong, with the sentence and the remedy that go with it.

/// Defines an enum of stable codes. Each variant has the code as it is written in files and on the wire (`as_str`, and
/// `Display`), one sentence for a person (`sentence`), and what to do next (`remedy`); `ALL` lists them in the order given.
///
/// ```
/// truce_statement::codes! {
///     /// Why there is no answer.
///     pub enum Code;
///
///     /// Nothing came.
///     Silence = "silence", "nobody answers", "ask again";
/// }
/// assert_eq!((Code::ALL, Code::Silence.remedy()), ([Code::Silence].as_slice(), "ask again"));
/// assert_eq!(format!("{}: {}", Code::Silence, Code::Silence.sentence()), "silence: nobody answers");
/// ```
#[macro_export]
macro_rules! codes {
    (
        $(#[$of:meta])* $public:vis enum $name:ident;
        $($(#[$doc:meta])* $variant:ident = $code:literal, $sentence:literal, $remedy:literal;)+
    ) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $public enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every code, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code as it is written in files and on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// One sentence for a person.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }

            /// The next step for whoever was refused.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
