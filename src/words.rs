//! Enums that a user chooses from by a word. Each word is spelled once, beside its meaning.

/// A choice that a user makes by a word.
pub(crate) trait Word: Copy + 'static {
    /// Every word with its choice, in the order of the manual.
    fn words() -> Vec<(&'static str, Self)>;

    /// What the choice means, in one line.
    fn meaning(self) -> &'static str;
}

/// Declares an enum whose variants are words. The comment of a variant is its meaning in the
/// manual.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident {
        $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name { $($(#[doc = $meaning])+ $variant,)+ }

        impl $name {
            /// Every word with what it means, in the order of the manual.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)+];

            /// The word of the study file.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl $crate::words::Word for $name {
            fn words() -> Vec<(&'static str, Self)> {
                Self::WORDS.to_vec()
            }

            fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim(),)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;
