//! Colours of the classes of a map.
//!
//! Classes of one meaning have one colour in every map, found by their label. All are safe for readers who do not tell
//! red from green: the ends of `ColorBrewer`'s `RdBu` and `BrBG` for what falls and rises, the colours of Okabe and Ito
//! (2008, *Color Universal Design*) for what only differs.

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Neither, undecided or not significant.
const NEUTRAL: Rgb = [204, 204, 204];

/// The colour of each label that a kernel gives.
const OF_LABELS: [(&str, Rgb); 22] = [
    // Trends: RdBu, blue is more.
    ("strong decrease", [178, 24, 43]),
    ("decrease", [244, 165, 130]),
    ("no significant change", NEUTRAL),
    ("increase", [146, 197, 222]),
    ("strong increase", [33, 102, 172]),
    // Balance: BrBG, green takes carbon up.
    ("source", [140, 81, 10]),
    ("neutral", NEUTRAL),
    ("sink", [1, 102, 94]),
    // Drivers: cold colours rise, warm ones fall.
    ("unclassified", NEUTRAL),
    ("increase by climate and people", [0, 158, 115]),
    ("increase by climate", [86, 180, 233]),
    ("increase by people", [0, 114, 178]),
    ("decrease by climate and people", [213, 94, 0]),
    ("decrease by climate", [240, 228, 66]),
    ("decrease by people", [230, 159, 0]),
    // Who prevails.
    ("neither", NEUTRAL),
    ("climate", [86, 180, 233]),
    ("people", [230, 159, 0]),
    ("undecided by one", NEUTRAL),
    ("climate by all", [86, 180, 233]),
    ("people by all", [230, 159, 0]),
    ("they contradict each other", [204, 121, 167]),
];

/// Okabe and Ito's colours, for labels that depend on the study; a neutral grey in place of black comes first, since code 0
/// is none or nothing.
const BY_CODE: [Rgb; 8] = [
    NEUTRAL,
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
    [240, 228, 66],
    [0, 114, 178],
    [213, 94, 0],
    [204, 121, 167],
];

/// The colour of a label that a kernel gives; `None` for labels that depend on the study.
#[must_use]
pub fn colour_of_label(label: &str) -> Option<Rgb> {
    let known = OF_LABELS.iter().find(|(known, _)| *known == label);
    known.map(|(_, colour)| *colour)
}

/// The colours of the classes of one map, in their order.
///
/// By their labels where all of them are known; else by their codes, which repeat the colours from code 8 on.
///
/// # Arguments
///
/// * `classes` - codes with their labels.
#[must_use]
pub fn colours_of(classes: &[(u8, String)]) -> Vec<Rgb> {
    let by_label: Option<Vec<Rgb>> = classes
        .iter()
        .map(|(_, label)| colour_of_label(label))
        .collect();
    by_label.unwrap_or_else(|| {
        let by_code = |code: u8| BY_CODE[usize::from(code) % BY_CODE.len()];
        classes.iter().map(|(code, _)| by_code(*code)).collect()
    })
}
