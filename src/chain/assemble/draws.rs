//! NEP with random coefficients, and its spread over the draws.

use std::sync::Arc;

use crate::chain::error::ChainError;
use crate::chain::recipe::Draws;
use crate::kernels::twin::Kernel;

use super::builder::Builder;
use super::spread::{SpreadNames, reads_rs};

impl Builder<'_> {
    /// NEP with the coefficients of each draw, and the spread over the draws.
    pub(super) fn draws(&mut self) -> Result<(), ChainError> {
        let Some(draws) = self.recipe.draws.clone() else {
            return Ok(());
        };
        self.require("uncertainty", "nep")?;
        let [npp, rs, rh] = ["npp", "rs", "rh"].map(|name| self.series.get(name).copied());
        let count = draws.count();
        let means = self.member_means("nep_draws", count);
        let Draws {
            respiration,
            heterotrophic,
        } = draws;
        // One layer for all draws of Rs and one for those of Rh: each draw overwrites the one
        // before.
        let [mut drawn_rs, mut drawn_rh] = [None, None];
        for draw in 0..count {
            let mut rs = rs;
            if let Some(model) = respiration.get(draw)
                && let Some(sources) = self.sources_of(&**model)
            {
                rs = Some(self.scratch_again(&mut drawn_rs, Arc::clone(model), sources, "draw_rs"));
            }
            let model: &Arc<dyn Kernel> = heterotrophic
                .get(draw)
                .unwrap_or(&self.recipe.heterotrophic);
            let sources = if reads_rs(&**model) {
                rs.map(|rs| vec![rs])
            } else {
                self.sources_of(&**model)
            };
            let drawn = match sources {
                Some(sources) => {
                    Some(self.scratch_again(&mut drawn_rh, Arc::clone(model), sources, "draw_rh"))
                }
                None => rh,
            };
            if let (Some(npp), Some(rh)) = (npp, drawn) {
                self.mean_of_member(npp, rh, &means, draw);
            }
        }
        let names = SpreadNames {
            sample: "uncertainty",
            stem: "nep_uncertainty",
            over: format!("over {count} draws of the uncertain coefficients"),
            maps: &["mean", "sd", "positive"],
        };
        let numbers = (1..=count).map(|draw| [draw.to_string(), String::new()]);
        self.spread(&means, numbers.collect(), names);
        Ok(())
    }
}
