//! What can be wrong with the coefficients of a study.

/// A coefficient that a study may not use, or lacks.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// No model of the study has a coefficient of this name.
    #[error("{models} has no coefficient {name:?}; its coefficients are {}", known.join(", "))]
    Unknown {
        /// The models.
        models: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A model without values to rely on, of which a study states not all.
    #[error("{}", not_stated_in_words(model, source_of_model, missing, *is_of_a_site))]
    NotStated {
        /// The model.
        model: &'static str,
        /// Where it comes from.
        source_of_model: &'static str,
        /// What the study has to state; never empty.
        missing: Vec<Unstated>,
        /// Whether the values belong to a site, so that no paper has them.
        is_of_a_site: bool,
    },
    /// A distribution that hardly holds a value which makes sense for the coefficient.
    #[error("almost no draws of {name} of {model} are {must}; narrow the distribution")]
    Distribution {
        /// The model.
        model: &'static str,
        /// The coefficient.
        name: String,
        /// What a value must be.
        must: &'static str,
    },
    /// A coefficient that is named twice, once with the name of its model.
    #[error("{name} names a coefficient of {model} that is named already")]
    Twice {
        /// The model.
        model: &'static str,
        /// What was named the second time.
        name: String,
    },
    /// A value that makes no sense for the coefficient.
    #[error("{name} = {value} of {model} must be {must}")]
    OutOfRange {
        /// The model.
        model: &'static str,
        /// The coefficient.
        name: String,
        /// Its value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
}

/// A coefficient that a study has to state.
#[derive(Clone, Debug, PartialEq)]
pub struct Unstated {
    /// Its name in the study.
    pub name: String,
    /// Its unit.
    pub unit: &'static str,
    /// The value in circulation, or an example.
    pub value: f64,
}

fn not_stated_in_words(
    model: &str,
    source: &str,
    missing: &[Unstated],
    is_of_a_site: bool,
) -> String {
    let list = |text: fn(&Unstated) -> String| {
        let texts: Vec<String> = missing.iter().map(text).collect();
        texts.join(", ")
    };
    let names = list(|c| format!("{} ({})", c.name, c.unit));
    let lines = list(|c| format!("{} = {}", c.name, c.value));
    let them = if missing.len() == 1 { "it" } else { "them" };
    if is_of_a_site {
        let belong = if missing.len() == 1 {
            "it belongs"
        } else {
            "they belong"
        };
        return format!(
            "{model} needs {names}, and there is no default: {belong} to a site or a region, and \
             the source gives no value ({source}). State your own, in the form parameters = {{ \
             {lines} }}"
        );
    }
    format!(
        "{model} needs {names}, and there is no default: we could not check the values in \
         circulation against the paper ({source}). Take {them} from the paper, or state \
         parameters = {{ {lines} }}, the values in circulation, and check {them} against the \
         paper before you publish"
    )
}
