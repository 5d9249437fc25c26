//! Writes the figures of a run into their folder.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use crate::error::Error;
use crate::report::cells::Cut;
use crate::report::charts::{Chart, charts};
use crate::report::choice::{Chosen, chosen};
use crate::report::folder::Folder;
use crate::report::frame::Frame;
use crate::report::page::{crs_of, further_maps};
use crate::report::picture::picture;
use crate::sinks::SinkError;

use super::captions::{Caption, OnMap, names_in, of_chart, of_map, text_of};
use super::map;
use super::raster::{DOTS_PER_INCH, Rasteriser};
use super::width::ColumnWidth;
use super::{attribution, calibration, events, ranking, series, sites, stages};

/// The folder of the figures in the folder of their run.
pub const FOLDER: &str = "figures";

/// The captions in that folder.
const CAPTIONS: &str = "captions.md";

/// What begins the name of a chart, so that it is not that of a map.
const CHART: &str = "chart_";

/// What a caller may ask of figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FigureOptions {
    /// How wide they are.
    pub width: ColumnWidth,
    /// Further maps, by their paths without ending, such as `maps/nep_cv`.
    pub maps: Vec<String>,
}

/// Figures that were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFigures {
    /// Where they are.
    pub dir: PathBuf,
    /// Names of the figures; of each there is an SVG and a PNG.
    pub names: Vec<String>,
    /// Bytes of all files.
    pub bytes: u64,
}

/// A figure before it is written.
struct Figure {
    svg: String,
    caption: Caption,
}

/// Makes the maps and charts of the page of a finished run as figures, in `figures` in its folder. Figures that were made there
/// before are replaced, or removed where they are not made again; other files stay.
///
/// # Errors
///
/// No run has finished in the folder, a map in `options` is none of its maps, one of its files cannot be read, or a figure
/// cannot be written.
pub fn write_figures(dir: &Path, options: &FigureOptions) -> Result<WrittenFigures, Error> {
    let folder = Folder::open(dir)?;
    let more = further_maps(dir, &folder, &options.maps)?;
    let groups = chosen(&folder.record, &more);
    let maps: Vec<&Chosen> = groups.iter().flat_map(|group| &group.maps).collect();
    let mut figures = maps_of(&folder, &maps, options.width)?;
    figures.extend(
        charts(&folder)
            .iter()
            .filter_map(|chart| of_data(&folder, chart, options.width)),
    );
    let rasteriser = Rasteriser::new(figures.iter().map(|figure| figure.svg.as_str()));
    let into = dir.join(FOLDER);
    let drawn = figures.par_iter().map(|figure| {
        let failed = |reason| failed(&into.join(format!("{}.png", figure.caption.name)), reason);
        let png = rasteriser.png(&figure.svg, options.width).map_err(failed)?;
        Ok((figure, png))
    });
    let drawn: Vec<(&Figure, Vec<u8>)> = drawn.collect::<Result<_, Error>>()?;
    let captions: Vec<Caption> = figures
        .iter()
        .map(|figure| figure.caption.clone())
        .collect();
    let captions = text_of(&folder, &captions, options.width.mm());
    fs::create_dir_all(&into).map_err(|error| failed(&into, error.to_string()))?;
    remove_earlier(&into, &captions)?;
    let mut written = WrittenFigures {
        dir: into,
        names: Vec::new(),
        bytes: 0,
    };
    for (figure, png) in drawn {
        let name = &figure.caption.name;
        written.file(&format!("{name}.svg"), figure.svg.as_bytes())?;
        written.file(&format!("{name}.png"), &png)?;
        written.names.push(name.clone());
    }
    written.file(CAPTIONS, captions.as_bytes())?;
    Ok(written)
}

impl WrittenFigures {
    /// Puts a file into the folder under its name when it is complete.
    fn file(&mut self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.dir.join(name);
        let unfinished = self.dir.join(format!(".doline-{name}"));
        let done = fs::write(&unfinished, content).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = done {
            let _ = fs::remove_file(&unfinished);
            return Err(failed(&path, error.to_string()));
        }
        self.bytes += content.len() as u64;
        Ok(())
    }
}

fn failed(path: &Path, reason: String) -> Error {
    Error::Sink(SinkError::Write {
        path: path.to_owned(),
        reason,
    })
}

/// Removes figures that the captions of before list and these do not: they would tell of other numbers.
fn remove_earlier(dir: &Path, captions: &str) -> Result<(), Error> {
    let before = fs::read_to_string(dir.join(CAPTIONS)).unwrap_or_default();
    let now = names_in(captions);
    // A name is that of a file in this folder, whatever somebody wrote into the captions.
    let is_name = |name: &String| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.".contains(c))
    };
    let gone = names_in(&before);
    let gone = gone
        .iter()
        .filter(|name| is_name(name) && !now.contains(name));
    for path in
        gone.flat_map(|name| ["svg", "png"].map(|ending| dir.join(format!("{name}.{ending}"))))
    {
        if path.is_file() {
            fs::remove_file(&path).map_err(|error| failed(&path, error.to_string()))?;
        }
    }
    Ok(())
}

/// The maps, a cell a pixel of the PNG at most.
fn maps_of(folder: &Folder, maps: &[&Chosen], width: ColumnWidth) -> Result<Vec<Figure>, Error> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some thousand pixels"
    )]
    let most = (width.mm() / 25.4 * f64::from(DOTS_PER_INCH)) as usize;
    let cut = Cut::with_sides(folder.record.size, most);
    let frame = Frame::new(folder, crs_of(folder, maps.iter().copied())?, cut);
    let outlines = frame.outlines.first().map(|outline| outline.set.as_str());
    let figure = |map: &&Chosen| -> Result<Option<Figure>, Error> {
        let Some(picture) = picture(folder, map, cut)? else {
            return Ok(None);
        };
        let test = match &map.p_layer {
            Some(layer) => folder.raster(layer)?.map(|raster| raster.description()),
            None => None,
        };
        let seen = OnMap {
            test: test.as_deref(),
            outlines,
        };
        Ok(Some(Figure {
            svg: map::draw(&picture, &frame, width),
            caption: of_map(folder, &name_of(&map.layer), &picture, seen),
        }))
    };
    let figures: Vec<Option<Figure>> = maps.par_iter().map(figure).collect::<Result<_, Error>>()?;
    Ok(figures.into_iter().flatten().collect())
}

/// The name of a map's figure: `raw_nep_dominant` of `maps/raw/nep_dominant`.
fn name_of(layer: &str) -> String {
    let name = layer.strip_prefix("maps/").unwrap_or(layer);
    name.replace(['/', '\\'], "_")
}

/// A chart; none where it has nothing to show.
fn of_data(folder: &Folder, chart: &Chart, width: ColumnWidth) -> Option<Figure> {
    let draw: fn(&Value, &str, ColumnWidth) -> Option<String> = match chart.id {
        "series" => series::draw,
        "stages" => stages::draw,
        "attribution" => attribution::draw,
        "ranking" => ranking::draw,
        "events" => events::draw,
        "sites" => sites::draw,
        "calibration" => calibration::draw,
        _ => return None,
    };
    let svg = draw(&chart.data, &chart.title, width)?;
    let name = format!("{CHART}{}", chart.id);
    Some(Figure {
        caption: of_chart(folder, &name, chart),
        svg,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_are_not_made_again_are_removed_and_other_files_stay() {
        let dir = tempfile::tempdir().expect("a folder");
        let (path, inside) = (dir.path(), dir.path().join(FOLDER));
        fs::create_dir(&inside).expect("a folder");
        for name in ["a.svg", "a.png", "b.svg", "mine.svg"] {
            fs::write(inside.join(name), "x").expect("written");
        }
        fs::write(path.join("c.svg"), "x").expect("written");
        let before = "## a\n\n## b\n\n## ../c\n";
        fs::write(inside.join(CAPTIONS), before).expect("written");
        remove_earlier(&inside, "## b\n").expect("removed");
        let is_there = |name: &str| inside.join(name).is_file();
        assert!(!is_there("a.svg") && !is_there("a.png"));
        assert!(is_there("b.svg") && is_there("mine.svg") && path.join("c.svg").is_file());
    }

    #[test]
    fn a_figure_has_the_name_of_its_map() {
        assert_eq!(name_of("maps/raw/nep_dominant"), "raw_nep_dominant");
        assert_eq!(name_of("stacks/nep"), "stacks_nep");
    }
}
