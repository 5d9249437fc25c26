//! What is computed: a chain, and a tile of the synthetic region.

use std::sync::Arc;

use crate::chain::{BootstrapOptions, Chain, Draws, Recipe, Selection, build};
use crate::error::Error;
use crate::grid::Window;
use crate::kernels::coefficients::Constraint;
use crate::kernels::draws::{Distribution, draw};
use crate::kernels::respiration::{Denominator, Gsmsr};
use crate::kernels::twin::Kernel;
use crate::synth::{self, ClimateType, SynthOptions};
use crate::tile::{Tile, side_by_side};

/// Rows and columns of the piece of the region that larger tiles repeat.
const SIDE: usize = 256;
/// Replicates of the bootstrap, and draws of the coefficients.
const REPLICATES: usize = 200;

/// A chain to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainChoice {
    /// Every map of a study with its defaults.
    Whole,
    /// NEP with its trend, partial correlations and plain attribution: what a program for one study would compute.
    Core,
    /// Trend of NPP: least squares, Theil-Sen, Mann-Kendall.
    Trend,
    /// The whole study with 200 replicates of the attribution.
    Bootstrap,
    /// The whole study with 200 draws of a coefficient.
    Draws,
}

impl ChainChoice {
    /// Every chain.
    pub const ALL: &'static [Self] = &[
        Self::Whole,
        Self::Core,
        Self::Trend,
        Self::Bootstrap,
        Self::Draws,
    ];

    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Core => "core",
            Self::Trend => "trend",
            Self::Bootstrap => "bootstrap",
            Self::Draws => "draws",
        }
    }
}

/// A chain with pixels to run it on.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which chain.
    pub choice: ChainChoice,
    /// How climate is stored.
    pub climate: ClimateType,
    /// The chain.
    pub chain: Arc<Chain>,
}

impl Case {
    /// A chain on the inputs of the synthetic region.
    ///
    /// # Errors
    ///
    /// None in practice: the recipes are fixed.
    pub fn new(choice: ChainChoice, climate: ClimateType) -> Result<Self, Error> {
        let chain = Arc::new(build(&recipe(choice, climate)?)?);
        Ok(Self {
            choice,
            climate,
            chain,
        })
    }

    /// About `n_pixels` pixels of the region, inland, so that as many are land as in a study. Up to 256 x 256 pixels
    /// all differ; a larger tile repeats them.
    #[must_use]
    pub fn tile(&self, n_pixels: usize) -> Tile {
        let options = SynthOptions {
            width: 4 * SIDE,
            height: 3 * SIDE,
            climate: self.climate,
            ..SynthOptions::default()
        };
        let width = n_pixels.clamp(1, SIDE);
        let window = Window {
            row: SIDE,
            col: SIDE,
            height: n_pixels.div_ceil(width).clamp(1, SIDE),
            width,
        };
        let made = synth::tile(&options, window);
        let specs = synth::input_specs(&options);
        // The chain may read fewer inputs, and in another order than they are made.
        let place = |name: &str| specs.iter().position(|spec| spec.name == name);
        let places = self
            .chain
            .inputs
            .iter()
            .filter_map(|spec| place(&spec.name));
        let inputs = places.map(|place| made.inputs[place].clone()).collect();
        let tile = Tile { inputs, ..made };
        let times = n_pixels.div_ceil(window.n_pixels());
        if times == 1 {
            return tile;
        }
        let tiles = vec![tile; times];
        Tile {
            window: Window {
                row: 0,
                col: 0,
                height: times * window.height,
                width: window.width,
            },
            inputs: side_by_side(&self.chain.inputs, &tiles),
            inside: None,
        }
    }
}

fn recipe(choice: ChainChoice, climate: ClimateType) -> Result<Recipe, Error> {
    let options = SynthOptions {
        climate,
        ..SynthOptions::default()
    };
    let model =
        |stated: &[(String, f64)]| Gsmsr::new(synth::YEARS, 12, Denominator::default(), stated);
    let inputs = synth::input_specs(&options);
    let whole = Recipe::new(synth::YEARS, inputs, Arc::new(model(&[])?));
    Ok(match choice {
        ChainChoice::Whole => whole,
        ChainChoice::Core => Recipe {
            trend_of: Some(vec!["nep".to_owned()]),
            wanted: Selection::Named(maps_of_the_core()),
            ..whole
        },
        ChainChoice::Trend => {
            let maps = ["slope", "p", "sen", "mk_s", "mk_z", "mk_p"];
            Recipe {
                trend_of: Some(vec!["npp".to_owned()]),
                wanted: Selection::Named(maps.map(|map| format!("npp_{map}")).to_vec()),
                ..whole
            }
        }
        ChainChoice::Bootstrap => Recipe {
            bootstrap: Some(BootstrapOptions {
                replicates: REPLICATES,
                block: 3,
                seed: 1,
                level: 0.95,
            }),
            ..whole
        },
        ChainChoice::Draws => {
            let draws = (1..=REPLICATES as u64).filter_map(|number| {
                let around = Distribution::Normal {
                    mean: 0.588,
                    sd: 0.06,
                };
                draw(around, Constraint::BePositive, 1, "gsmsr.R0", number)
            });
            let drawn = draws.map(|r0| {
                let kernel = model(&[("R0".to_owned(), r0)])?;
                Ok(Arc::new(kernel) as Arc<dyn Kernel>)
            });
            Recipe {
                draws: Some(Draws {
                    respiration: drawn.collect::<Result<_, Error>>()?,
                    heterotrophic: Vec::new(),
                }),
                ..whole
            }
        }
    })
}

/// What programs for one study compute.
fn maps_of_the_core() -> Vec<String> {
    let of_nep = [
        "stacks/nep",
        "nep_mean",
        "nep_slope",
        "nep_p",
        "nep_sen",
        "nep_mk_s",
        "nep_mk_z",
        "nep_mk_p",
        "maps/raw/nep_slope_climate",
        "maps/raw/nep_slope_human",
    ];
    let of_drivers = ["temperature", "precipitation", "radiation"]
        .into_iter()
        .flat_map(|driver| {
            [
                format!("nep_partial_{driver}"),
                format!("nep_partial_{driver}_p"),
                format!("maps/raw/nep_slope_{driver}"),
            ]
        });
    of_nep
        .map(str::to_owned)
        .into_iter()
        .chain(of_drivers)
        .collect()
}
