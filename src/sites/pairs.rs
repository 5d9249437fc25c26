//! The pairs of a variable.

use std::collections::HashMap;

use super::levels::Pair;
use super::site_row::SiteRow;
use super::words_of_sites::{Merge, SiteVariable, Status};

/// What records of one site share: where they were written to be, or their pixel.
#[derive(PartialEq, Eq, Hash)]
enum Site<'a> {
    Written(&'a [String; 2]),
    Pixel(Option<[usize; 2]>),
}

/// The pairs of the rows that are used, in their order.
///
/// With [`Merge::PixelYear`] the records of a pixel and year become one pair with their mean, and a pixel is a site.
#[must_use]
pub fn pairs_of(rows: &[SiteRow], variable: SiteVariable, merge: Merge) -> Vec<Pair> {
    let mut sites = HashMap::new();
    let mut pairs: Vec<(Pair, f64)> = Vec::new();
    let mut places = HashMap::new();
    let is_used = |row: &&SiteRow| row.status == Status::Used && row.variable == Some(variable);
    for row in rows.iter().filter(is_used) {
        let (Some(measured), Some(modelled)) = (row.measured, row.modelled) else {
            continue;
        };
        let site = match merge {
            Merge::None => Site::Written(&row.site),
            Merge::PixelYear => Site::Pixel(row.pixel),
        };
        let next = sites.len();
        let site = *sites.entry(site).or_insert(next);
        let pair = Pair {
            site,
            year: row.year,
            measured,
            modelled,
        };
        let before = places.get(&(site, row.year));
        if let Some(&place) = before.filter(|_| merge == Merge::PixelYear) {
            let (merged, n): &mut (Pair, f64) = &mut pairs[place];
            *n += 1.0;
            merged.measured += (measured - merged.measured) / *n;
        } else {
            places.insert((site, row.year), pairs.len());
            pairs.push((pair, 1.0));
        }
    }
    pairs.into_iter().map(|(pair, _)| pair).collect()
}
