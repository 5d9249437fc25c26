//! `product` of an input.

use crate::products::{self, Cadence, NoPreset, PRODUCTS, Preset};
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::inputs as keys;
use crate::study::section::Section;
use crate::study::wording::no_such;

/// The product of the input `name`, where it is one that Doline can read.
pub(super) fn product(
    c: &mut Checker,
    s: &Section<'_>,
    name: &str,
    variable: Option<&str>,
) -> Option<Preset> {
    let word = c.get(s, &keys::PRODUCT)?;
    let Some(product) = products::find(&word) else {
        let names: Vec<&str> = PRODUCTS.iter().map(|product| product.name).collect();
        let unknown = no_such(&word, "not a product that Doline knows", &names);
        c.fail(s.key(&keys::PRODUCT), unknown);
        return None;
    };
    match products::preset(product, name, variable) {
        Ok(preset) => {
            cadence(c, s, &preset, product.name, product.note);
            Some(preset)
        }
        Err(NoPreset::WhichVariable(variables)) => {
            let kind = ProblemKind::ProductVariable {
                product: product.name,
                variables: variables.join(", "),
            };
            c.fail(s.key(&keys::PRODUCT), kind);
            None
        }
        Err(NoPreset::NoSuchVariable(variables)) => {
            let stated = variable.unwrap_or_default();
            let unknown = no_such(stated, "not a known variable of this product", &variables);
            c.fail(s.key(&keys::VARIABLE), unknown);
            None
        }
    }
}

/// Notes a product with values finer than months, or with no quantity.
fn cadence(
    c: &mut Checker,
    s: &Section<'_>,
    preset: &Preset,
    product: &'static str,
    note: &'static str,
) {
    // Who states steps has made months or years of a finer product.
    let is_aggregated = s.has(&keys::STEPS);
    let kind = match preset.layer.cadence {
        Cadence::Finer(how) if !is_aggregated => ProblemKind::ProductFiner { product, how, note },
        Cadence::NoQuantity(what) => ProblemKind::ProductNoQuantity {
            product,
            what,
            note,
        },
        Cadence::Finer(_) | Cadence::Annual | Cadence::Monthly | Cadence::Static => return,
    };
    c.fail(s.key(&keys::PRODUCT), kind);
}
