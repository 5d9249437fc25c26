//! The rows of one layer: each factor, and each pair of factors.

use super::f_test::f_test;
use super::interaction::Interaction;
use super::lattice::Lattice;
use super::note::GeodetectorNote;
use super::null::{MIN_POINTS, Null};
use super::q::explained;
use super::settings::Settings;
use super::stratified_sums::StratifiedSums;
use super::stratum::StratumSums;
use super::table::GeodetectorRow;

/// The rows of a layer, and what could not be computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// One row a factor, then one a pair of factors.
    pub rows: Vec<GeodetectorRow>,
    /// Why cells are empty or rows are missing.
    pub notes: Vec<GeodetectorNote>,
}

/// What is known of a layer.
struct Layer<'a> {
    of: &'a str,
    names: &'a [String],
    sums: &'a StratifiedSums,
    number: usize,
    lattice: &'a Lattice,
    null: Option<Null>,
}

/// How much of a layer each factor and each pair of factors accounts for, beside what they account for on random maps
/// that have the layer's variogram.
///
/// # Arguments
///
/// * `of` - the layer, such as `nep_slope`.
/// * `factors` - names of the sets of zones, in the order of the codes of `sums` and `lattice`.
/// * `sums`, `layer` - sums over the whole map, and the layer's number in them.
/// * `lattice` - the layer on its lattice.
#[must_use]
pub fn detect(
    of: &str,
    factors: &[String],
    sums: &StratifiedSums,
    layer: usize,
    lattice: &Lattice,
    settings: &Settings,
) -> Detection {
    let mut found = Detection::default();
    let null = Null::new(lattice, settings).filter(|_| settings.surrogates > 0);
    if null.is_none() && settings.surrogates > 0 {
        found.notes.push(GeodetectorNote::NoVariogram {
            of: of.to_owned(),
            points: lattice.len(),
            least: MIN_POINTS,
        });
    }
    let layer = Layer {
        of,
        names: factors,
        sums,
        number: layer,
        lattice,
        null,
    };
    let single = (0..factors.len()).map(|factor| vec![factor]);
    let others = |first: usize| (first + 1..factors.len()).map(move |second| vec![first, second]);
    for of_row in single.chain((0..factors.len()).flat_map(others)) {
        let (row, notes) = layer.row(&of_row);
        found.rows.extend(row);
        found.notes.extend(notes);
    }
    found
}

impl Layer<'_> {
    fn row(&self, factors: &[usize]) -> (Option<GeodetectorRow>, Vec<GeodetectorNote>) {
        let names: Vec<&str> = factors.iter().map(|&k| self.names[k].as_str()).collect();
        let (of, factors_text) = (self.of.to_owned(), names.join(" and "));
        let strata = self.sums.by_strata(self.number, factors);
        let together = explained(strata.values());
        if together.pixels == 0 {
            let factors = factors_text;
            return (None, vec![GeodetectorNote::NoPixel { of, factors }]);
        }
        let mut notes = Vec::new();
        let test = together
            .q
            .and_then(|q| f_test(q, together.pixels, together.strata));
        let null = self.null.as_ref();
        let of_null = null.and_then(|null| null.of(&self.lattice.strata(factors)));
        let [of_note, factors_of_note] = [of.clone(), factors_text];
        match (together.q, test) {
            (None, _) => notes.push(GeodetectorNote::Constant {
                of: of_note,
                factors: factors_of_note,
            }),
            (_, None) if together.strata == 1 => notes.push(GeodetectorNote::OneStratum {
                of: of_note,
                factors: factors_of_note,
            }),
            (_, None) => notes.push(GeodetectorNote::NoTest {
                of: of_note,
                factors: factors_of_note,
            }),
            _ if null.is_some() && of_null.is_none() => notes.push(GeodetectorNote::NoNull {
                of: of_note,
                factors: factors_of_note,
                step: self.lattice.step(),
            }),
            _ => {}
        }
        let row = GeodetectorRow {
            of,
            factor: names[0].to_owned(),
            with: names.get(1).map(|&name| name.to_owned()),
            q: together.q,
            test,
            null_median: of_null.map(|null| null.median),
            null_95: of_null.map(|null| null.high),
            p_map: of_null.map(|null| null.p),
            range_km: null.and_then(|null| null.range_km),
            strata: together.strata,
            pixels: together.pixels,
            interaction: interaction(&strata, together.q),
        };
        (Some(row), notes)
    }
}

/// The interaction of a pair: both, and each alone, over the pixels of the pair.
fn interaction(
    strata: &std::collections::BTreeMap<Vec<u32>, StratumSums>,
    together: Option<f64>,
) -> Option<Interaction> {
    if strata.keys().next()?.len() != 2 {
        return None;
    }
    let alone = |place: usize| {
        let mut of = std::collections::BTreeMap::<u32, StratumSums>::new();
        for (key, sums) in strata {
            of.entry(key[place]).or_default().merge(sums);
        }
        explained(of.values()).q
    };
    Some(Interaction::of(together?, [alone(0)?, alone(1)?]))
}
