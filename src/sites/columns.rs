//! Which columns of the field data are which.

use super::words_of_sites::SiteVariable;

/// The names of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteColumns {
    /// Longitude, or x in the reference system of the sites.
    pub lon: String,
    /// Latitude, or y.
    pub lat: String,
    /// Year, may have a fraction.
    pub year: String,
    /// What was measured.
    pub measured: MeasuredColumns,
}

/// Where measured values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasuredColumns {
    /// A row is a value, and a column says of what.
    Long {
        /// Column with the word of a [`SiteVariable`].
        variable: String,
        /// Column with the value.
        value: String,
    },
    /// A row has a column for each variable.
    Wide(Vec<(SiteVariable, String)>),
}

impl Default for SiteColumns {
    fn default() -> Self {
        Self::from_names(&[])
    }
}

impl SiteColumns {
    /// The words that name a column, other than those of variables.
    pub const WORDS: [&'static str; 5] = ["lon", "lat", "year", "variable", "value"];

    /// The columns by their words, such as `("lon", "Longitude")`; a column that is not named has its word for a name.
    /// With a column named for a variable, such as `("rs", "Rs_annual")`, each variable has a column.
    #[must_use]
    pub fn from_names(names: &[(String, String)]) -> Self {
        let of = |word: &str| {
            let named = names.iter().find(|(of, _)| of == word);
            named.map_or_else(|| word.to_owned(), |(_, name)| name.clone())
        };
        let is_named = |word: &str| names.iter().any(|(of, _)| of == word);
        let variables = SiteVariable::WORDS.iter();
        let wide: Vec<(SiteVariable, String)> = variables
            .filter(|(word, _)| is_named(word))
            .map(|&(word, variable)| (variable, of(word)))
            .collect();
        Self {
            lon: of("lon"),
            lat: of("lat"),
            year: of("year"),
            measured: if wide.is_empty() {
                MeasuredColumns::Long {
                    variable: of("variable"),
                    value: of("value"),
                }
            } else {
                MeasuredColumns::Wide(wide)
            },
        }
    }
}
