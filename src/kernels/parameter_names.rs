//! Which model of a study a name in `respiration.parameters` belongs to.
//!
//! A plain symbol belongs to the first model that has it; with the name of a model in front, as in `pei.a`, to that
//! one.

use super::coefficients::{ModelInfo, ParameterError};

/// The index in `models` of the one that has the coefficient `name`, and its symbol there.
///
/// # Errors
///
/// No model has it.
pub fn owner_of<'n>(
    models: &[&'static ModelInfo],
    name: &'n str,
) -> Result<(usize, &'n str), ParameterError> {
    let has = |model: &ModelInfo, symbol: &str| model.coefficient(symbol).is_some();
    let prefixed = name.split_once('.').and_then(|(front, symbol)| {
        let index = models
            .iter()
            .position(|model| model.name == front && has(model, symbol))?;
        Some((index, symbol))
    });
    let plain = || Some((models.iter().position(|model| has(model, name))?, name));
    prefixed.or_else(plain).ok_or_else(|| unknown(models, name))
}

/// The name of a coefficient of `models[index]` in a study: its symbol, unless a model before it has that too.
#[must_use]
pub fn name_of(models: &[&'static ModelInfo], index: usize, symbol: &str) -> String {
    let is_taken = models[..index]
        .iter()
        .any(|before| before.coefficient(symbol).is_some());
    if is_taken {
        format!("{}.{symbol}", models[index].name)
    } else {
        symbol.to_owned()
    }
}

/// What a study states, as each of `models` takes it, and an error for each name that none of them has.
#[must_use]
pub fn share_out(
    models: &[&'static ModelInfo],
    stated: &[(String, f64)],
) -> (Vec<Vec<(String, f64)>>, Vec<ParameterError>) {
    let mut shared = vec![Vec::new(); models.len()];
    let mut errors = Vec::new();
    for (name, value) in stated {
        match owner_of(models, name) {
            Ok((index, symbol)) => shared[index].push((symbol.to_owned(), *value)),
            Err(error) => errors.push(error),
        }
    }
    (shared, errors)
}

fn unknown(models: &[&'static ModelInfo], name: &str) -> ParameterError {
    let names = models.iter().map(|model| model.name).collect::<Vec<_>>();
    let known = models.iter().enumerate().flat_map(|(index, model)| {
        let symbols = model.coefficients.iter().map(|c| c.symbol);
        symbols.map(move |symbol| name_of(models, index, symbol))
    });
    ParameterError::Unknown {
        models: names.join(" with "),
        name: name.to_owned(),
        known: known.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::coefficients::{Coefficient, Constraint, Provenance};

    const FIRST: ModelInfo = ModelInfo {
        name: "first",
        recorded_as: "first",
        title: "",
        coefficients: &[
            Coefficient::new("K", "cm", 2.0, Constraint::BePositive),
            Coefficient::new("F", "1", 3.0, Constraint::BeFinite),
        ],
        source: "",
        provenance: Provenance::Verified,
        valid: &[],
        caution: None,
    };
    const SECOND: ModelInfo = ModelInfo {
        name: "second",
        coefficients: &[
            Coefficient::new("K", "1", 0.5, Constraint::BeAShare),
            Coefficient::new("c", "1", 1.0, Constraint::NotBeNegative),
        ],
        ..FIRST
    };
    static MODELS: [&ModelInfo; 2] = [&FIRST, &SECOND];

    fn set(name: &str, value: f64) -> Vec<(String, f64)> {
        vec![(name.to_owned(), value)]
    }

    #[test]
    fn a_plain_symbol_is_of_the_first_model_and_a_prefixed_one_of_its_own() {
        let stated = [set("K", 4.0), set("second.K", 0.25), set("c", 7.0)].concat();
        let (shared, errors) = share_out(&MODELS, &stated);
        assert_eq!(errors, []);
        assert_eq!(shared[0], set("K", 4.0));
        assert_eq!(shared[1], [set("K", 0.25), set("c", 7.0)].concat());
        assert_eq!(FIRST.values::<2>(&shared[0]), Ok([4.0, 3.0]));
        assert_eq!(SECOND.values::<2>(&shared[1]), Ok([0.25, 7.0]));
        assert_eq!(name_of(&MODELS, 1, "K"), "second.K");
        assert_eq!(name_of(&MODELS, 1, "c"), "c");
    }

    #[test]
    fn each_unknown_name_gets_all_right_ones() {
        let stated = [set("second.F", 1.0), set("F", 2.0), set("x", 1.0)].concat();
        let (shared, errors) = share_out(&MODELS, &stated);
        assert_eq!(shared[0], set("F", 2.0));
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let expected = "first with second has no coefficient \"second.F\"; its coefficients are \
            K, F, second.K, c";
        assert_eq!(texts[0], expected);
        assert_eq!(texts.len(), 2);
    }
}
