//! Mistakes that were made once, each with the test that found it.

mod support;

use std::sync::Arc;

use doline::calendar::Years;
use doline::chain::Chain;
use doline::engines::cpu::CpuEngine;
use doline::kernels::carbon::Nep;
use doline::kernels::statistics::{MeanCv, Regression};
use doline::kernels::twin::{Kernel, Precision};
use doline::tile::Stored;
use doline::validate::compare_stages;

/// The chain of a kernel alone, with plain floats as inputs.
fn chain_of(kernel: &Arc<dyn Kernel>, n_years: i32) -> Chain {
    let years = Years {
        first: 2001,
        last: 2000 + n_years,
    };
    let specs = kernel
        .inputs()
        .iter()
        .map(|port| support::plain_input(&port.name, port.steps, years))
        .collect();
    support::chain_with_inputs(kernel, years, specs)
}

/// In `f32` the bounds of an `f64` are infinite, and an infinity lies between those.
#[test]
fn an_infinity_is_missing_in_every_precision() {
    let kernel: Arc<dyn Kernel> = Arc::new(Nep);
    let chain = Arc::new(chain_of(&kernel, 1));
    for infinity in [f32::INFINITY, f32::NEG_INFINITY] {
        for precision in [Precision::Reference, Precision::Lanes, Precision::Single] {
            let inputs = [Stored::F32(vec![infinity; 9]), Stored::F32(vec![1.0; 9])];
            let layers =
                CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, 9);
            assert!(
                layers[0].iter().all(|x| x.is_nan()),
                "{precision:?}: {layers:?}"
            );
        }
    }
}

/// The first predictor is half of the response, exactly: rounding that it leaves is nothing to correlate with the second.
/// A constant response has nothing to correlate either. Both are flagged.
#[test]
fn a_response_that_is_explained_fully_has_no_partial_correlation() {
    let kernel: Arc<dyn Kernel> = Arc::new(Regression {
        min_years: 8,
        n_years: 8,
        n_predictors: 2,
    });
    let chain = Arc::new(chain_of(&kernel, 8));
    // `[year][pixel]`: the second pixel has a response of its own, the third one that is constant.
    let noise = [0.13_f32, -0.4, 0.27, 0.9, -0.73, 0.31, -0.22, 0.58];
    let first: Vec<f32> = noise
        .iter()
        .map(|x| 250.1 + 17.3 * x * x + 3.0 * x)
        .collect();
    let y = first.iter().zip(noise);
    let y: Vec<f32> = y
        .flat_map(|(x, noise)| [2.0 * x, 2.0 * x + noise, 4.0])
        .collect();
    let first: Vec<f32> = first.iter().flat_map(|x| [*x; 3]).collect();
    let second = [1.0_f32, 3.0, 2.0, 5.0, 4.0, 1.5, 2.5, 0.5];
    let second: Vec<f32> = second.into_iter().flat_map(|x| [x; 3]).collect();
    let inputs = [Stored::F32(y), Stored::F32(first), Stored::F32(second)];
    let names: Vec<String> = kernel
        .outputs()
        .iter()
        .map(|port| port.name.clone())
        .collect();
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    for precision in [Precision::Reference, Precision::Lanes] {
        let layers = CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, 3);
        let [of_first, of_second] = ["partial_1", "partial_2"].map(|name| &layers[at(name)]);
        assert_eq!(of_first[0], 1.0, "{precision:?}");
        assert!(
            of_first[1] > 0.99 && of_second[1].abs() < 1.0,
            "{precision:?}"
        );
        assert!(
            of_second[0].is_nan() && of_second[2].is_nan(),
            "{precision:?}: {of_second:?}"
        );
        let flags = layers[at("flags")]
            .iter()
            .map(|flags| (flags / 2.0).floor() % 2.0);
        assert_eq!(flags.collect::<Vec<_>>(), [1.0, 0.0, 1.0], "{precision:?}");
    }
}

/// y is even about the middle of x and x is odd, so the coefficient is exactly 0; rounding of the
/// standardised values by 1e-7 makes it 1e-7 of the ratio of their spreads, 0.4.
#[test]
fn a_coefficient_of_zero_has_a_tolerance_too() {
    let kernel: Arc<dyn Kernel> = Arc::new(Regression {
        min_years: 4,
        n_years: 4,
        n_predictors: 1,
    });
    let chain = chain_of(&kernel, 4);
    let inputs = [
        Stored::F32(vec![1.0, 2.0, 2.0, 1.0]),
        Stored::F32(vec![-3.0, -1.0, 1.0, 3.0]),
    ];
    let mut layers = CpuEngine::new(Arc::new(chain.clone())).compute(&inputs, 1);
    assert_eq!(layers[0], [0.0]);
    layers[0] = vec![4e-8];
    let comparisons = compare_stages(&chain, &inputs, &layers, 1);
    assert!(comparisons[0].agrees(), "{:#?}", comparisons[0]);
    layers[0] = vec![4e-5];
    assert!(!compare_stages(&chain, &inputs, &layers, 1)[0].agrees());
}

/// 33 times 0.1, divided by 33, is not 0.1 in every precision; the spread of equal values is 0 all the same, and
/// their mean is that value.
#[test]
fn equal_values_have_no_spread() {
    let kernel: Arc<dyn Kernel> = Arc::new(MeanCv { min_years: 3 });
    for n_years in [3, 7, 20, 33] {
        let chain = Arc::new(chain_of(&kernel, n_years));
        for value in [0.1_f32, 4.7e5, 1.234_567e-3] {
            let inputs = [Stored::F32(vec![value; usize::try_from(n_years).unwrap()])];
            for precision in [Precision::Reference, Precision::Lanes, Precision::Single] {
                let layers =
                    CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, 1);
                assert_eq!(layers[0], [value], "{n_years} years, {precision:?}");
                assert_eq!(layers[1], [0.0], "{n_years} years, {precision:?}");
            }
        }
    }
}
