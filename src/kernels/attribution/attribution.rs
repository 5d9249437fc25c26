//! The climate and the human part of a trend.
//!
//! ```text
//! part_j  = coef_j · slope_j            coef: a sensitivity; slope: trend of driver j, complete years
//! climate = Σ part_j                    trend of the fitted series
//! human   = slope − climate             slope: observed trend, of all valid years of the response
//! residual = slope_y − climate          slope_y: observed trend of the complete years
//! ```
//!
//! | class | slope | climate | human | driver  | share of climate     | share of human     |
//! |-------|-------|---------|-------|---------|----------------------|--------------------|
//! | 1     | > 0   | > 0     | > 0   | both    | climate / slope      | human / slope      |
//! | 2     | > 0   | > 0     | < 0   | climate | 100 %                | 0 %                |
//! | 3     | > 0   | < 0     | > 0   | human   | 0 %                  | 100 %              |
//! | 4     | < 0   | < 0     | < 0   | both    | climate / slope      | human / slope      |
//! | 5     | < 0   | < 0     | > 0   | climate | 100 %                | 0 %                |
//! | 6     | < 0   | > 0     | < 0   | human   | 0 %                  | 100 %              |
//! | 0     | one of them is 0, or a contradiction       | none    | missing              | missing            |
//!
//! A contradiction is a climate part and a residual trend that both run against the observed trend.
//! Without gaps residual and human are the same number and there is none; where a driver lacks
//! years that the response has, the parts are of other years than the trend, and may not fit it.
//! Such a pixel has class 0 and the flag `CONTRADICTORY`, and no class is forced on it.
//!
//! The dominant part has more than half of the trend. The dominant driver has the largest part by
//! magnitude.
//!
//! Signs, halves and largest parts that depend on rounding are computed again in `f64`. All parts
//! have an error of at most `1e-5 (VIF · half range of the response + Σ |parts|)` in `f32`:
//! coefficients are good to `4e-6 VIF` of the ratio of the ranges, slopes to 1e-6 of the half
//! range. `margin` is the distance to the nearest change of class in such errors; below 1 the pixel
//! is flagged. So is a pixel whose sensitivity is flagged.
//!
//! Source: the scenarios of Sun et al. (2015) and Jin et al. (2020); residual trends of Evans & Geerken
//! (2004), J. Arid Environ. 57, 535-554; `docs/science/attribution.md#parts` and
//! `docs/science/attribution.md#scenarios`.
//! GPU twin: `shaders/kernels/attribution/attribution.wgsl`.

use crate::calendar::Steps;
use crate::kernels::carbon::NoParams;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::drivers::MAX_PREDICTORS;
use crate::kernels::output::{OutputKind, UnitRule};
use crate::kernels::port::{Port, port_index};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

/// The scenarios with their labels.
pub const DRIVER_CLASSES: [(u8, &str); 7] = [
    (0, "unclassified"),
    (1, "increase by climate and people"),
    (2, "increase by climate"),
    (3, "increase by people"),
    (4, "decrease by climate and people"),
    (5, "decrease by climate"),
    (6, "decrease by people"),
];

/// What has more than half of a trend.
pub const DOMINANT_CLASSES: [(u8, &str); 3] = [(0, "neither"), (1, "climate"), (2, "people")];

/// Error of the parts in `f32`, as a part of `VIF · half range + Σ |parts|`.
const ROUNDING: f64 = 1e-5;
/// The largest `margin`.
pub(super) const MAX_MARGIN: f64 = 1e6;

ports! {
    /// Ports of the outputs.
    pub mod port {
        CLIMATE = "climate",
        HUMAN = "human",
        PART = "part_*",
        CLASS = "class",
        SHARE_CLIMATE = "share_climate",
        SHARE_HUMAN = "share_human",
        DOMINANT = "dominant",
        DOMINANT_FACTOR = "dominant_factor",
        MARGIN = "margin",
        FLAGS = "flags",
    }
}

/// The attribution by one sensitivity.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// Drivers, 1 to [`MAX_PREDICTORS`].
    pub n_predictors: usize,
}

impl Attribution {
    /// The index of a port among the outputs.
    #[inline(always)]
    fn index_of(&self, port: usize) -> usize {
        port_index(port::NAMES, port, self.n_predictors)
    }

    /// The outputs after the parts: classes, shares, the margin and the flags.
    fn classes(&self) -> [Port; 7] {
        let margin = self.index_of(port::MARGIN);
        // Flagged pixels are within one error of a threshold, and are computed again in f64.
        let class = |name: &str, kind: OutputKind, description: &'static str| {
            let tolerance = Tolerance::Class {
                of: margin,
                thresholds: &[0.0],
                within: 0.05,
            };
            Port::output(name, Steps::Static, tolerance)
                .kind(kind)
                .described(description)
        };
        let share = |name: &str, description: &'static str| {
            Port::output(name, Steps::Static, Tolerance::relative(1e-6))
                .unit(UnitRule::Is("%"))
                .described(description)
        };
        let margin_itself = Tolerance::Relative {
            relative: 1e-5,
            absolute: 0.2,
        };
        let flags = Tolerance::Class {
            of: margin,
            thresholds: &[0.0, 1.0],
            within: 0.2,
        };
        [
            class(
                "class",
                OutputKind::Classes(&DRIVER_CLASSES),
                "What moves the trend of {series}",
            )
            .suffix("_driver_class"),
            share(
                "share_climate",
                "Share of the drivers in the trend of {series}",
            ),
            share("share_human", "Share of people in the trend of {series}"),
            class(
                "dominant",
                OutputKind::Classes(&DOMINANT_CLASSES),
                "What has more than half of the trend of {series}: 1 climate, 2 people",
            ),
            class(
                "dominant_factor",
                OutputKind::Drivers,
                "The driver with the largest part in the trend of {series}",
            ),
            Port::output("margin", Steps::Static, margin_itself).suffix("_attribution_margin"),
            Port::output("flags", Steps::Static, flags).suffix("_attribution_flags"),
        ]
    }
}

impl Twin for Attribution {
    const SPEC: KernelSpec = KernelSpec {
        name: "attribution",
        title: "climate and human part of a trend",
        missing: "where the trend, a coefficient or a driver's trend is missing; shares in class 0",
        source: "Evans & Geerken (2004), J. Arid Environ. 57, 535-554; scenarios of Sun et al. \
            (2015), Jin et al. (2020)",
        wgsl: include_str!("../../../shaders/kernels/attribution/attribution.wgsl"),
        libs: &[],
        params: NoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "sums of the parts; the trends themselves are good to 1e-6 of the half range, \
            times VIF",
        canary: ("slope.value - climate", "slope.value - 1.001 * climate"),
    };

    fn inputs(&self) -> Vec<Port> {
        let each = |name: &'static str| {
            (1..=self.n_predictors).map(move |x| Port::input(format!("{name}_{x}"), Steps::Static))
        };
        let first = ["slope", "slope_y", "half_range", "flags"]
            .map(|name| Port::input(name, Steps::Static));
        first
            .into_iter()
            .chain(each("coef"))
            .chain(each("vif"))
            .chain(each("slope"))
            .collect()
    }

    fn outputs(&self) -> Vec<Port> {
        let part = |name: String, suffix: &'static str, description: &'static str| {
            Port::output(name, Steps::Static, Tolerance::relative(1e-6))
                .suffix(suffix)
                .unit(UnitRule::OfInput(0))
                .described(description)
        };
        let climate = part(
            "climate".to_owned(),
            "_slope_climate",
            "Trend of {series} that the drivers explain",
        );
        let human = part(
            "human".to_owned(),
            "_slope_human",
            "Trend of {series} that the drivers do not explain",
        );
        let drivers = (1..=self.n_predictors).map(|x| {
            part(
                format!("part_{x}"),
                "_slope_{driver}",
                "Trend of {series} that {driver} explains",
            )
            .of_driver(x - 1)
        });
        [climate, human]
            .into_iter()
            .chain(drivers)
            .chain(self.classes())
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        NoParams::bytes()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        [("N_PREDICTORS", Constant::size(self.n_predictors))]
            .into_iter()
            .chain(thresholds![ROUNDING, MAX_MARGIN])
            .collect()
    }

    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "indices as in the shader")]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one, two] = [0.0, 1.0, 2.0].map(R::of);
        let k = self.n_predictors;
        let [slope, slope_y] = [pixel.sample(0, 0), pixel.sample(1, 0)];
        let [half_range, upstream] = [pixel.sample(2, 0), pixel.sample(3, 0)];
        let mut is_there = slope.valid & slope_y.valid & half_range.valid;
        let mut part = [zero; MAX_PREDICTORS];
        let mut climate = zero;
        let mut size = slope.value.abs();
        let mut worst_vif = one;
        let mut largest = zero;
        let mut second = zero;
        let mut factor = zero;
        for x in 0..k {
            let coef = pixel.sample(4 + x, 0);
            let vif = pixel.sample(4 + k + x, 0);
            let trend = pixel.sample(4 + 2 * k + x, 0);
            is_there = is_there & coef.valid & vif.valid & trend.valid;
            part[x] = coef.value * trend.value;
            climate = climate + part[x];
            let magnitude = part[x].abs();
            size = size + magnitude;
            worst_vif = worst_vif.max(vif.value);
            let is_larger = magnitude.gt(largest);
            second = R::select(is_larger, largest, second.max(magnitude));
            factor = R::select(is_larger, R::of((x + 1) as f64), factor);
            largest = R::select(is_larger, magnitude, largest);
        }
        let human = slope.value - climate;
        let residual = slope_y.value - climate;

        let (rises, falls) = (slope.value.gt(zero), slope.value.lt(zero));
        let (climate_up, climate_down) = (climate.gt(zero), climate.lt(zero));
        let (human_up, human_down) = (human.gt(zero), human.lt(zero));
        let is_opposed = (rises & climate_down) | (falls & climate_up);
        let is_contradictory =
            (rises & climate_down & residual.lt(zero)) | (falls & climate_up & residual.gt(zero));
        let is_both = (rises & climate_up & human_up) | (falls & climate_down & human_down);
        let is_climate = (rises & climate_up & human_down) | (falls & climate_down & human_up);
        let is_human = ((rises & climate_down & human_up) | (falls & climate_up & human_down))
            & !is_contradictory;
        let is_classed = is_both | is_climate | is_human;
        let scenario = R::select(is_both, one, zero)
            + R::select(is_climate, two, zero)
            + R::select(is_human, R::of(3.0), zero);
        let class = scenario + R::select(is_classed & falls, R::of(3.0), zero);

        let percent = R::of(100.0);
        let total = R::select(is_both, slope.value, one);
        let alone = |is_it: R::Mask| R::select(is_it, percent, zero);
        let share_climate = R::select(is_both, climate / total * percent, alone(is_climate));
        let share_human = R::select(is_both, human / total * percent, alone(is_human));
        let climate_leads = is_climate | (is_both & climate.abs().gt(human.abs()));
        let human_leads = is_human | (is_both & human.abs().gt(climate.abs()));
        let dominant = R::select(climate_leads, one, zero) + R::select(human_leads, two, zero);

        // How near the next class is, in errors of f32.
        let mut distance = slope.value.abs().min(climate.abs()).min(human.abs());
        distance = R::select(
            is_both,
            distance.min((climate.abs() - human.abs()).abs()),
            distance,
        );
        distance = R::select(is_opposed, distance.min(residual.abs()), distance);
        if k > 1 {
            distance = distance.min(largest - second);
        }
        let error = R::of(ROUNDING) * (worst_vif * half_range.value.abs() + size);
        let has_error = error.gt(zero);
        let margin = R::select(
            has_error,
            distance / R::select(has_error, error, one),
            R::of(MAX_MARGIN),
        );
        let margin = R::select(
            is_decided(upstream.value),
            zero,
            margin.min(R::of(MAX_MARGIN)),
        );

        pixel.put(port::CLIMATE, 0, climate, is_there);
        pixel.put(port::HUMAN, 0, human, is_there);
        for x in 0..k {
            pixel.put(port::PART + x, 0, part[x], is_there);
        }
        let at = |port: usize| self.index_of(port);
        pixel.put(at(port::CLASS), 0, class, is_there);
        pixel.put(
            at(port::SHARE_CLIMATE),
            0,
            share_climate,
            is_there & is_classed,
        );
        pixel.put(at(port::SHARE_HUMAN), 0, share_human, is_there & is_classed);
        pixel.put(at(port::DOMINANT), 0, dominant, is_there);
        pixel.put(at(port::DOMINANT_FACTOR), 0, factor, is_there);
        pixel.put(at(port::MARGIN), 0, margin, is_there);
        let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), zero);
        let bits = bit(is_there & is_contradictory, flags::CONTRADICTORY)
            + bit(is_there & margin.lt(one), flags::DECIDED_IN_F64);
        pixel.put(at(port::FLAGS), 0, bits, bits.ge(zero));
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let k = self.n_predictors;
        let value = |slot: usize| pixel.sample(slot, 0).value;
        let parts: f64 = (0..k)
            .map(|x| (value(4 + x) * value(4 + 2 * k + x)).abs())
            .sum();
        let vif = (0..k).map(|x| value(4 + k + x)).fold(1.0, f64::max);
        let size = value(0).abs() + parts + vif * value(2).abs();
        let at = |port: usize| self.index_of(port);
        match port {
            0 | 1 => size,
            port if port == at(port::SHARE_CLIMATE) || port == at(port::SHARE_HUMAN) => {
                100.0 * size / value(0).abs()
            }
            port if port < at(port::CLASS) => reference.abs() + vif * value(2).abs(),
            _ => reference.abs(),
        }
    }
}

/// Whether a layer of flags marks the pixel as computed again in `f64`.
#[inline(always)]
fn is_decided<R: Real>(bits: R) -> R::Mask {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range just here"
    )]
    let bit = |bits: f64| (bits.clamp(0.0, 65535.0) as u16) & flags::DECIDED_IN_F64;
    R::from_lanes(|l| f64::from(bit(bits.lane(l)))).gt(R::of(0.0))
}
