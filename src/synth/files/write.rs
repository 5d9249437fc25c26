//! Writes a whole study.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{SynthError, files_error};
use super::folder::{Partial, check_folder, size_of};
use super::outlines::{write_counties, write_measures};
use super::raster::BLOCK;
use super::rasters::Rasters;
use crate::grid::{Grid, Window};
use crate::synth::field_data;
use crate::synth::fields::Region;
use crate::synth::options::SynthOptions;
use crate::synth::text;
use crate::synth::tile::grid;
use crate::synth::truth::{Gathering, ZoneTruth};
use crate::synth::truth_text;

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthSummary {
    /// The study file.
    pub study: PathBuf,
    /// The grid of all its inputs.
    pub grid: Grid,
    /// Number of files.
    pub n_files: usize,
    /// Bytes of all files.
    pub n_bytes: u64,
    /// What was planted, zone by zone.
    pub truth: Vec<ZoneTruth>,
}

/// Writes the rasters window by window, so that memory does not grow with the size.
fn write_rasters(
    dir: &Path,
    options: &SynthOptions,
    region: &Region,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<ZoneTruth>, SynthError> {
    let mut rasters = Rasters::create(dir, options)?;
    let mut truth = Gathering::new(region, &grid(options));
    for row in (0..options.height).step_by(BLOCK) {
        let height = BLOCK.min(options.height - row);
        for col in (0..options.width).step_by(BLOCK) {
            let window = Window {
                row,
                col,
                height,
                width: BLOCK.min(options.width - col),
            };
            let piece = region.piece(window);
            truth.add(window, &piece);
            rasters.put(window, &piece)?;
        }
        progress(row + height, options.height);
    }
    rasters.close()?;
    Ok(truth.zones(&region.courses))
}

/// Writes a whole study into `dir`: inputs, zones, field data, `study.toml`, the truth and a README.
///
/// The files appear under their names only when all are done. An earlier synth in `dir` is
/// replaced. `progress` receives the rows done and the total.
///
/// # Errors
///
/// [`SynthError`] where the size is 0, `dir` holds other files, or something cannot be written.
pub fn write(
    dir: &Path,
    options: &SynthOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<SynthSummary, SynthError> {
    let &SynthOptions { width, height, .. } = options;
    if width == 0 || height == 0 {
        return Err(SynthError::EmptyGrid { width, height });
    }
    check_folder(dir)?;
    let partial = Partial::beside(dir)?;
    let region = Region::new(options);
    let truth = write_rasters(&partial.0, options, &region, progress)?;
    write_measures(&partial.0, &region.patches)?;
    write_counties(&partial.0, &region.counties)?;
    let texts = [
        ("field.csv", field_data::csv(&region, options)),
        ("study.toml", text::study(options)),
        ("README.md", text::readme(options)),
        ("truth/truth.json", truth_text::truth(options, &truth)),
    ];
    for (name, content) in texts {
        let path = partial.0.join(name);
        fs::write(&path, content).map_err(|source| files_error(&path, source))?;
    }
    let (n_files, n_bytes) = size_of(&partial.0)?;
    partial.move_into(dir)?;
    Ok(SynthSummary {
        study: dir.join("study.toml"),
        grid: grid(options),
        n_files,
        n_bytes,
        truth,
    })
}

#[cfg(test)]
mod tests {
    use gdal::raster::GdalType;
    use gdal::vector::{Geometry, LayerAccess};
    use gdal::{Dataset, Metadata};

    use super::*;
    use crate::synth::measures::MEASURES;
    use crate::synth::options::Compression;
    use crate::synth::piece::TRUTHS;
    use crate::synth::region::slope;

    fn options(width: usize, height: usize) -> SynthOptions {
        SynthOptions {
            width,
            height,
            compress: Compression::Fast,
            ..SynthOptions::default()
        }
    }

    fn write_quietly(dir: &Path, options: &SynthOptions) -> Result<SynthSummary, SynthError> {
        write(dir, options, &mut |_, _| {})
    }

    fn read<T: GdalType + Copy>(path: &Path, band: usize) -> Vec<T> {
        let dataset = Dataset::open(path).expect("opens");
        let band = dataset.rasterband(band).expect("has the band");
        band.read_band_as::<T>().expect("reads").data().to_vec()
    }

    /// 270 x 260 pixels take four windows of unequal sizes.
    #[test]
    fn files_hold_what_tiles_do() {
        let dir = tempfile::tempdir().expect("a folder");
        let options = options(270, 260);
        let mut rows = Vec::new();
        write(dir.path(), &options, &mut |done, all| {
            rows.push((done, all));
        })
        .expect("writes");
        assert_eq!(rows, [(256, 260), (260, 260)]);
        let piece = Region::new(&options).piece(grid(&options).window());
        let n_pixels = 270 * 260;
        assert_eq!(
            read::<i16>(&dir.path().join("npp/npp_2013.tif"), 1),
            piece.npp[12 * n_pixels..13 * n_pixels]
        );
        for (name, stored) in [
            ("precipitation", &piece.precipitation),
            ("radiation", &piece.radiation),
        ] {
            let path = dir.path().join("climate").join(format!("{name}.tif"));
            assert_eq!(read::<u16>(&path, 240), stored[239 * n_pixels..]);
        }
        assert_eq!(
            read::<u8>(&dir.path().join("zones/measures.tif"), 1),
            piece.measures
        );
    }

    #[test]
    fn bands_say_their_month_unit_and_scale() {
        let dir = tempfile::tempdir().expect("a folder");
        write_quietly(dir.path(), &options(20, 10)).expect("writes");
        let dataset = Dataset::open(dir.path().join("climate/temperature.tif")).expect("opens");
        let band = dataset.rasterband(14).expect("has the band");
        assert_eq!(band.description().expect("a text"), "2002-02");
        assert_eq!(band.unit(), "degC");
        assert_eq!(band.scale(), Some(0.1));
        assert_eq!(band.no_data_value(), Some(-32_768.0));
        let zones = fs::read_dir(dir.path().join("zones")).expect("lists");
        assert_eq!(zones.count(), 6, "no side files");
    }

    /// The patches are those that the raster shows: each pixel centre lies in a patch of its code.
    #[test]
    fn patches_are_those_of_the_raster_and_begin_in_the_programme() {
        let dir = tempfile::tempdir().expect("a folder");
        let options = options(30, 24);
        write_quietly(dir.path(), &options).expect("writes");
        let codes = read::<u8>(&dir.path().join("zones/measures.tif"), 1);
        let dataset = Dataset::open(dir.path().join("zones/measures.gpkg")).expect("opens");
        let mut layer = dataset.layer(0).expect("a layer");
        let patches: Vec<(Geometry, String)> = layer
            .features()
            .map(|feature| {
                let label = feature
                    .field_as_string(0)
                    .expect("a field")
                    .expect("a text");
                let start = feature.field_as_integer(1).expect("a field");
                assert_eq!(start.is_none(), label == "none", "{label}");
                assert!(
                    start.is_none_or(|year| (2006..=2010).contains(&year)),
                    "{start:?}"
                );
                (feature.geometry().expect("an outline").clone(), label)
            })
            .collect();
        let grid = grid(&options);
        for (pixel, &code) in codes.iter().enumerate() {
            let (row, col) = (pixel / 30, pixel % 30);
            #[expect(clippy::cast_precision_loss, reason = "few pixels")]
            let (x, y) = grid.coordinates_of(col as f64 + 0.5, row as f64 + 0.5);
            let point = Geometry::from_wkt(&format!("POINT ({x} {y})")).expect("a point");
            let labels: Vec<&str> = patches
                .iter()
                .filter(|(outline, _)| outline.contains(&point))
                .map(|(_, label)| label.as_str())
                .collect();
            let expected = (code > 0).then(|| MEASURES[usize::from(code)]);
            assert_eq!(labels, Vec::from_iter(expected), "{row} {col}");
        }
    }

    /// What makes the study hard: land of afforestation gains most, enclosure adds most.
    #[test]
    fn the_plain_difference_ranks_the_wrong_measure_first() {
        let dir = tempfile::tempdir().expect("a folder");
        let summary = write_quietly(dir.path(), &options(160, 120)).expect("writes");
        let human = TRUTHS.iter().position(|truth| truth.0 == "nep_human_slope");
        let of = |label: &str| {
            let zone = summary
                .truth
                .iter()
                .find(|zone| zone.zone == label)
                .expect(label);
            (
                zone.means[human.expect("a layer")],
                slope(&zone.measure_gc_m2),
            )
        };
        let (enclosure, afforestation, none) = (of("enclosure"), of("afforestation"), of("none"));
        assert!(
            afforestation.0 > enclosure.0 + 0.3,
            "{afforestation:?} {enclosure:?}"
        );
        assert!(
            enclosure.1 > afforestation.1 + 0.8,
            "{afforestation:?} {enclosure:?}"
        );
        assert!((0.05..0.4).contains(&none.1), "spill-over {none:?}");
        let text = fs::read_to_string(dir.path().join("truth/truth.json")).expect("reads");
        let truth: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(truth["ranking"][0], "enclosure");
        assert_eq!(truth["ranking"][1], "afforestation");
        let counties = truth["zones"]["county"].as_object().expect("a table");
        assert!(counties.len() > 40, "{}", counties.len());
        let first = &truth["zones"]["measure"]["enclosure"]["measure"]["by_year"];
        assert_eq!(first[4], 0.0, "nothing before 2006");
    }

    #[test]
    fn vector_files_are_the_same_bytes_each_time() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let bytes = folders.map(|dir| {
            write_quietly(dir.path(), &options(6, 4)).expect("writes");
            ["zones/measures.gpkg", "zones/counties.gpkg", "field.csv"]
                .map(|name| fs::read(dir.path().join(name)).expect("reads"))
        });
        assert!(bytes[0] == bytes[1]);
    }

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("thesis.txt"), "years of work").expect("writes");
        let error = write_quietly(dir.path(), &options(4, 4)).expect_err("must refuse");
        assert!(matches!(error, SynthError::FolderInUse { .. }), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("lists").count(), 1);
    }

    #[test]
    fn an_earlier_synth_is_replaced_and_results_beside_it_stay() {
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("study");
        write_quietly(&dir, &options(4, 4)).expect("writes");
        fs::create_dir(dir.join("out")).expect("makes a folder");
        let summary = write_quietly(&dir, &options(8, 4)).expect("writes again");
        assert_eq!(read::<u8>(&dir.join("zones/karst.tif"), 1).len(), 32);
        assert!(dir.join("out").is_dir() && summary.study.is_file());
        assert_eq!(
            fs::read_dir(parent.path()).expect("lists").count(),
            1,
            "nothing partial is left"
        );
    }

    #[test]
    fn a_size_without_pixels_is_an_error() {
        let error = write_quietly(Path::new("nowhere"), &options(0, 4)).expect_err("must refuse");
        assert!(matches!(
            error,
            SynthError::EmptyGrid {
                width: 0,
                height: 4
            }
        ));
    }
}
