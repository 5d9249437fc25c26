//! Maps that a run does not make and that go into its tables: those of a finished run, and rasters of classes.

use std::path::PathBuf;

/// Maps that a run does not make and that go into its tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OtherMaps {
    /// Those of a finished run.
    pub written: Option<WrittenMaps>,
    /// Rasters of classes.
    pub classes: Vec<ClassRaster>,
}

/// The maps that a finished run left.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenMaps {
    /// The folder of the run.
    pub dir: PathBuf,
    /// Its maps, by their paths under the folder without ending, such as `maps/nep_class`.
    pub layers: Vec<String>,
    /// Its attributions, where it made any.
    pub attribution: Option<WrittenAttribution>,
}

/// The attributions of a finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenAttribution {
    /// The series whose trend is attributed.
    pub response: String,
    /// Unit of the trends.
    pub unit: String,
    /// The drivers, in the order of their parts.
    pub predictors: Vec<String>,
    /// The sensitivities, by their folders.
    pub sensitivities: Vec<String>,
}

/// A raster of classes, on any grid: a pixel has the class of the cell that holds its centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRaster {
    /// Its name in the column `layer` of `tables/classes.csv`.
    pub name: String,
    /// The file. Its codes are whole numbers from 0 to 254.
    pub path: PathBuf,
    /// Labels of codes. Where there are any, other codes are no class.
    pub labels: Vec<(i64, String)>,
}
