//! Mistakes that were made once, each with the test that found it.

mod support;

use std::sync::Arc;

use doline::calendar::Years;
use doline::chain::Chain;
use doline::engines::cpu::CpuEngine;
use doline::kernels::abi::{Kernel, Precision};
use doline::kernels::carbon::Nep;
use doline::tile::Stored;

/// The chain of a kernel alone, with plain floats as inputs.
fn chain_of(kernel: &Arc<dyn Kernel>, n_years: i32) -> Chain {
    let years = Years { first: 2001, last: 2000 + n_years };
    let specs = kernel.inputs().iter().map(|port| support::plain_input(&port.name, port.steps, years)).collect();
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
            let layers = CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, 9);
            assert!(layers[0].iter().all(|x| x.is_nan()), "{precision:?}: {layers:?}");
        }
    }
}
