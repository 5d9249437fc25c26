//! Opens an input in stages: its files are scanned, its bands arranged in steps, its grid placed on
//! that of the study. Each stage has a type of its own, so that none is ever half-filled.

use std::path::PathBuf;
use std::sync::Arc;

use crate::calendar::{Calendar, Time, Years};
use crate::grid::Grid;
use crate::products::Preset;
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::listing::name_of;
use crate::sources::files::mosaic::join;
use crate::sources::files::pattern::expand_but;
use crate::sources::files::scan::ScannedFile;
use crate::sources::files::variable_years::scan_years;
use crate::sources::grids::comparison::other_grid;
use crate::sources::grids::placement::{FileOnGrid, place};
use crate::sources::grids::same_grid::is_same_grid;
use crate::sources::input::{Layout, OpenedInput};
use crate::sources::lists::SHOWN;
use crate::sources::request::InputRequest;
use crate::sources::times::arrange::{arrange, stated_gaps};
use crate::sources::times::bands::{bands_with_times, other_times};
use crate::sources::times::error::TimesError;
use crate::sources::times::steps::Timing;
use crate::sources::times::wanted::Wanted;
use crate::sources::values::codes::counted_codes;
use crate::sources::values::fill_counts::FillCounts;
use crate::sources::values::packing::{Packing, Storage, pack};
use crate::tile::Resampling;

/// Scanning stops after so many unusable files of an input.
const MAX_ERRORS: usize = 100;

/// An input whose files are scanned.
pub(crate) struct ScannedInput<'a> {
    request: &'a InputRequest,
    /// What each file states.
    files: Vec<ScannedFile>,
    /// Files of times that the study declares missing.
    left_out: Vec<(Time, PathBuf)>,
    notes: Vec<String>,
}

impl<'a> ScannedInput<'a> {
    /// Finds and scans the files of an input.
    ///
    /// # Errors
    ///
    /// What is wrong with the first files that cannot be used, and how many more there are.
    pub(crate) fn new(request: &'a InputRequest, years: Years) -> Result<Self, Vec<SourceError>> {
        let wanted = Wanted::of(request, years);
        let expanded = expand_but(&request.name, &request.files, &wanted, &request.missing)
            .map_err(|error| vec![error])?;
        let (mut notes, mut files, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for file in &expanded.files {
            match scan_years(request, file, &mut notes) {
                Ok(of_file) => files.extend(of_file),
                Err(error) => errors.push(error),
            }
            // Thousands of unusable files would take minutes and add nothing.
            if errors.len() >= MAX_ERRORS {
                break;
            }
        }
        if errors.is_empty() {
            return Ok(Self {
                request,
                files,
                left_out: expanded.left_out,
                notes,
            });
        }
        if errors.len() > SHOWN {
            let (n, is_all) = (errors.len() - SHOWN, errors.len() < MAX_ERRORS);
            errors.truncate(SHOWN);
            errors.push(SourceError::File(FileError::MoreFiles {
                input: request.name.clone(),
                n,
                is_all,
            }));
        }
        Err(errors)
    }

    /// Joins files that are side by side, and finds which band is which step.
    ///
    /// # Errors
    ///
    /// Bands that are not the steps of the study, or files that cannot be read alike.
    pub(crate) fn arranged(self, years: Years) -> Result<ArrangedInput, SourceError> {
        let Self {
            request,
            files,
            left_out,
            mut notes,
        } = self;
        let files = join(request, files, &mut notes)?;
        check_times(request, &files, &mut notes)?;
        let (bands, source) = bands_with_times(&files);
        let arranged = arrange(request, &bands, source, years)?;
        notes.extend(
            arranged
                .notes
                .iter()
                .map(|note| format!("input `{}`: {note}", request.name)),
        );
        let left_out = left_out.iter().map(|(time, path)| (*time, name_of(path)));
        notes.extend(stated_gaps(
            &request.name,
            left_out.chain(arranged.left_out),
        ));
        let has_gaps = request.skip_unreadable || arranged.band_of_step.contains(&None);
        let (packing, storage) = pack(request, &files, has_gaps, &mut notes)?;
        let mut gaps = request.missing.clone();
        gaps.sort_unstable();
        let timing = Timing {
            steps: arranged.steps,
            band_of_step: arranged.band_of_step,
            gaps,
            season: request.season,
            calendar: calendar_of(&request.name, &files, &mut notes),
            how: arranged.how,
        };
        Ok(ArrangedInput {
            name: request.name.clone(),
            product: request.product,
            skips_unreadable: request.skip_unreadable,
            resampling: request.resampling,
            has_classes: files.iter().any(|file| file.has_classes),
            files,
            timing,
            fill_counts: FillCounts::new(
                counted_codes(request, &packing.nodata),
                packing.valid_range,
            ),
            packing,
            storage,
            notes,
        })
    }
}

/// An input whose bands are arranged in steps.
pub(crate) struct ArrangedInput {
    name: String,
    product: Option<Preset>,
    skips_unreadable: bool,
    /// The resampling that the study asks for.
    resampling: Option<Resampling>,
    /// Its numbers are names of classes.
    has_classes: bool,
    files: Vec<ScannedFile>,
    timing: Timing,
    packing: Packing,
    storage: Storage,
    fill_counts: FillCounts,
    notes: Vec<String>,
}

impl ArrangedInput {
    /// Scans and arranges the files of an input.
    ///
    /// # Errors
    ///
    /// As [`ScannedInput::new`] and [`ScannedInput::arranged`].
    pub(crate) fn open(request: &InputRequest, years: Years) -> Result<Self, Vec<SourceError>> {
        ScannedInput::new(request, years)?
            .arranged(years)
            .map_err(|error| vec![error])
    }

    /// The grid of its first file.
    pub(crate) fn grid(&self) -> Option<&Grid> {
        self.files.first().map(|file| &file.grid)
    }

    /// The input on the study grid, if that is known, and what the user should know about it.
    ///
    /// # Errors
    ///
    /// Files on different grids, or a grid that cannot be related to the study grid.
    pub(crate) fn placed(
        self,
        study: Option<&Grid>,
    ) -> Result<(OpenedInput, Vec<String>), SourceError> {
        let Some(first) = self.files.first() else {
            return Err(SourceError::NoInputs);
        };
        check_grids(&self.name, &self.files, &first.grid)?;
        let mut notes = self.notes;
        let placement = match study {
            Some(study) => {
                let file = FileOnGrid {
                    input: &self.name,
                    path: &first.file.path,
                    grid: &first.grid,
                    resampling: self.resampling,
                    has_classes: self.has_classes,
                };
                let (placement, of_grid) = place(file, study)?;
                notes.extend(of_grid);
                Some(placement)
            }
            None => None,
        };
        let units = self.files.iter().map(|file| &file.unit);
        let input = OpenedInput {
            name: self.name,
            product: self.product,
            file_unit: units.into_iter().find(|unit| !unit.is_empty()).cloned(),
            layout: layout_of(first),
            grid: first.grid.clone(),
            files: self.files.iter().map(|file| file.file.clone()).collect(),
            timing: self.timing,
            packing: self.packing,
            storage: self.storage,
            fill_counts: Arc::new(self.fill_counts),
            skips_unreadable: self.skips_unreadable,
            unreadable: Arc::default(),
            placement,
        };
        Ok((input, notes))
    }
}

/// How files are laid out on disk, by the first of them.
fn layout_of(first: &ScannedFile) -> Layout {
    Layout {
        driver: first.driver.clone(),
        block_size: first.block_size,
        is_piecewise: first.is_pixel_interleaved || is_chunked(first) || first.depth > 1,
        depth: first.depth,
        has_own_blocks: first.driver != "VRT" && first.file.tiles.is_empty(),
    }
}

/// Chunks of netCDF and HDF5 may span bands, and are decoded again for each band unless all bands
/// of a chunk are read together.
fn is_chunked(file: &ScannedFile) -> bool {
    let is_hdf = ["netCDF", "HDF5", "HDF5Image", "HDF4Image"].contains(&file.driver.as_str());
    is_hdf && file.descriptions.len() > 1 && file.block_size.1 > 1
}

/// Refuses a file of several times if some are outside the year in its name; adds a note on a file
/// whose single time differs from its name.
fn check_times(
    request: &InputRequest,
    files: &[ScannedFile],
    notes: &mut Vec<String>,
) -> Result<(), SourceError> {
    let others = || {
        files
            .iter()
            .filter_map(|file| Some((file, other_times(file)?)))
    };
    if let Some((file, [first, last])) = others().find(|(_, [first, last])| first != last) {
        return Err(SourceError::Times(TimesError::OtherTimes {
            input: request.name.clone(),
            path: file.file.path.clone(),
            span: format!("{first} to {last}"),
        }));
    }
    let n = others().count();
    if let Some((file, [time, _])) = others().next() {
        let name = name_of(&file.file.path);
        notes.push(format!(
            "input `{}`: {n} of its files have another time on their axis than in their name, such \
             as {name}, {time}; the time in the name was used",
            request.name
        ));
    }
    Ok(())
}

/// The calendar of the time axes; the standard calendar if they differ or there is none.
fn calendar_of(input: &str, files: &[ScannedFile], notes: &mut Vec<String>) -> Calendar {
    if let Some(unread) = files.iter().find_map(|file| file.axis.unread.as_ref()) {
        notes.push(format!(
            "input `{input}`: its time axis, {unread}, cannot be read"
        ));
    }
    if files.iter().any(|file| file.axis.are_ends) {
        notes.push(format!(
            "input `{input}`: its time axis holds the ends of its periods, such as 1 February for \
             January, as its bounds show; the middles were used"
        ));
    }
    if files.iter().any(|file| file.axis.may_be_ends()) {
        notes.push(format!(
            "input `{input}`: its months are dated by the first day of a month, from February to January; if these are the \
             ends of January to December, each is read as the next one: shift them (`cdo shifttime,-1day`)"
        ));
    }
    let mut calendars = files.iter().filter_map(|file| file.axis.calendar);
    let Some(first) = calendars.next() else {
        return Calendar::default();
    };
    if calendars.all(|calendar| calendar == first) {
        return first;
    }
    notes.push(format!(
        "input `{input}`: its files have different calendars; days are counted in the standard \
         calendar"
    ));
    Calendar::default()
}

/// All files of an input are on one grid.
fn check_grids(input: &str, files: &[ScannedFile], first: &Grid) -> Result<(), SourceError> {
    let other = files.iter().find(|file| !is_same_grid(&file.grid, first));
    other.map_or(Ok(()), |other| {
        Err(other_grid(input, &other.file.path, &other.grid, first))
    })
}
