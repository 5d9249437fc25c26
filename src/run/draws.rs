//! `[uncertainty]`: the chosen models with the coefficients of every draw.

use crate::chain::Draws;
use crate::kernels::coefficients::{Constraint, ModelInfo, ParameterError};
use crate::kernels::draws::{Distribution, draw};
use crate::kernels::parameter_names::owner_of;
use crate::study::{Uncertain, UncertaintyTable};
use crate::tables::uncertainty::Drawn;

use super::model_maker::Maker;

/// Coefficients of one model, `[draw][coefficient]`.
type Values = Vec<Vec<(String, f64)>>;

/// The chosen models of Rs and Rh with the coefficients of every draw, and these for the table.
///
/// # Errors
///
/// A name that neither of them has, one that is stated twice, or a distribution without a value that makes sense.
pub(super) fn draws(
    maker: &Maker<'_>,
    table: &UncertaintyTable,
) -> Result<(Draws, Drawn), ParameterError> {
    let chosen = maker.chosen();
    let infos = chosen.map(|(info, _)| info);
    let mut drawn = Drawn {
        names: Vec::new(),
        values: vec![Vec::new(); table.draws],
    };
    let mut of = [vec![Vec::new(); table.draws], vec![Vec::new(); table.draws]];
    for (name, uncertain) in &table.parameters {
        let (index, symbol) = owner_of(&infos, name)?;
        let (info, stated) = chosen[index];
        let full_name = format!("{}.{symbol}", info.name);
        if drawn.names.contains(&full_name) {
            return Err(ParameterError::Twice {
                model: info.name,
                name: name.clone(),
            });
        }
        let mean = info.value(symbol, stated).unwrap_or(f64::NAN);
        let distribution = distribution_of(*uncertain, mean);
        let values = values(info, symbol, distribution, table, &full_name)?;
        for ((row, of), value) in drawn.values.iter_mut().zip(&mut of[index]).zip(values) {
            row.push(value);
            of.push((symbol.to_owned(), value));
        }
        drawn.names.push(full_name);
    }
    Ok((kernels(maker, of)?, drawn))
}

fn distribution_of(uncertain: Uncertain, mean: f64) -> Distribution {
    match uncertain {
        Uncertain::Sd(sd) => Distribution::Normal { mean, sd },
        Uncertain::RelativeSd(sd) => Distribution::Normal {
            mean,
            sd: sd * mean.abs(),
        },
        Uncertain::Range([low, high]) => Distribution::Uniform { low, high },
    }
}

/// The values of one coefficient, one a draw.
fn values(
    info: &ModelInfo,
    symbol: &str,
    distribution: Distribution,
    table: &UncertaintyTable,
    full_name: &str,
) -> Result<Vec<f64>, ParameterError> {
    let coefficient = info.coefficient(symbol);
    let must = coefficient.map_or(Constraint::BeFinite, |c| c.must);
    let value = |number| {
        let value = draw(distribution, must, table.seed, full_name, number);
        value.ok_or_else(|| ParameterError::Distribution {
            model: info.name,
            name: symbol.to_owned(),
            must: must.in_words(),
        })
    };
    (1..).take(table.draws).map(value).collect()
}

/// A kernel a draw of each model that has an uncertain coefficient.
fn kernels(maker: &Maker<'_>, [of_rs, of_rh]: [Values; 2]) -> Result<Draws, ParameterError> {
    let varies = |of: &Values| of.first().is_some_and(|first| !first.is_empty());
    let mut draws = Draws {
        respiration: Vec::new(),
        heterotrophic: Vec::new(),
    };
    let chosen = maker.table();
    if varies(&of_rs) {
        let kernels = of_rs.iter().map(|values| maker.rs(chosen.model, values));
        draws.respiration = kernels.collect::<Result<_, _>>()?;
    }
    if varies(&of_rh) {
        let kernels = of_rh
            .iter()
            .map(|values| maker.rh(&chosen.heterotrophic, values));
        draws.heterotrophic = kernels.collect::<Result<_, _>>()?;
    }
    Ok(draws)
}
