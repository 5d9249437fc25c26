//! The table of the geodetector.

use std::fmt::Write as _;

use super::f_test::FTest;
use super::interaction::Interaction;
use crate::tables::cells::{cell, quoted};

/// q of one layer by one factor, or by two together.
#[derive(Clone, Debug, PartialEq)]
pub struct GeodetectorRow {
    /// The layer, such as `nep_slope`.
    pub of: String,
    /// The factor, a set of zones.
    pub factor: String,
    /// The other one, of a pair.
    pub with: Option<String>,
    /// Share of the layer's variation between the strata; `None` where the layer does not vary.
    pub q: Option<f64>,
    /// The F test; `None` with one stratum, or with a pixel in each.
    pub test: Option<FTest>,
    /// Median of q on random maps with the layer's variogram.
    pub null_median: Option<f64>,
    /// Its 95th percentile.
    pub null_95: Option<f64>,
    /// Share of these maps, the layer among them, with a q as large as the layer's on their lattice.
    pub p_map: Option<f64>,
    /// Distance in km at which the correlation has fallen to 1/e; `None` without any.
    pub range_km: Option<f64>,
    /// Strata with a pixel.
    pub strata: usize,
    /// Pixels that are valid in the layer and in a stratum of each factor.
    pub pixels: u64,
    /// Of a pair: what both account for beside what each does.
    pub interaction: Option<Interaction>,
}

/// Text of `tables/geodetector.csv`.
#[must_use]
pub fn geodetector_csv(rows: &[GeodetectorRow]) -> String {
    let mut text =
        "of,factor,with,q,f,df1,df2,p_f,null_median,null_95,p_map,range_km,strata,pixels,\
                    interaction\n"
            .to_owned();
    for row in rows {
        let whole = |of: fn(&FTest) -> u64| row.test.as_ref().map(of);
        let whole = |of| whole(of).map_or_else(String::new, |n| n.to_string());
        let cells = [
            quoted(&row.of),
            quoted(&row.factor),
            quoted(row.with.as_deref().unwrap_or_default()),
            cell(row.q),
            cell(row.test.map(|test| test.f)),
            whole(|test| test.df1),
            whole(|test| test.df2),
            cell(row.test.map(|test| test.p)),
            cell(row.null_median),
            cell(row.null_95),
            cell(row.p_map),
            cell(row.range_km),
            row.strata.to_string(),
            row.pixels.to_string(),
            row.interaction.map_or("", Interaction::as_str).to_owned(),
        ];
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}
