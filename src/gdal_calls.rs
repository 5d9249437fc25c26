//! The few GDAL calls the `gdal` crate does not wrap, and how GDAL's messages reach the user.
//!
//! The calls are `unsafe`; each states why it is sound.
#![allow(unsafe_code, reason = "calls into C; each states why it is sound")]

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::sync::Once;

use gdal::cpl::CslStringList;
use gdal::errors::{CplErrType, GdalError};
use gdal::raster::{GdalType, RasterBand};
use gdal::spatial_ref::{CoordTransform, SpatialRef};
use gdal::vector::Geometry;

use crate::open_files::Shares;

mod vsi;
mod vsi_file;

pub(crate) use vsi::vsi_head;
pub(crate) use vsi_file::VsiFile;

thread_local! {
    static FAILURES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// How many failures a thread remembers. A full disk fails once a block.
const MAX_FAILURES: usize = 16;

/// GDAL's `GDAL_DATA_COVERAGE_STATUS_DATA`, a macro.
const COVERAGE_DATA: i32 = 2;

/// What GDAL waits for on a network at most: for a connection, for a whole answer, and while less than a byte a second
/// comes; seconds, but for the bytes.
const HTTP_LIMITS: [(&str, &str); 4] = [
    ("GDAL_HTTP_CONNECTTIMEOUT", "15"),
    ("GDAL_HTTP_TIMEOUT", "120"),
    ("GDAL_HTTP_LOW_SPEED_TIME", "20"),
    ("GDAL_HTTP_LOW_SPEED_LIMIT", "1"),
];

/// How long GDAL waits for servers, in words, and how to change that.
pub(crate) fn waiting_words() -> String {
    let of = |option: &str| gdal::config::get_config_option(option, "").unwrap_or_default();
    format!(
        "a server may take {} s to connect, {} s without a byte and {} s in all; if it needs longer, set the environment \
         variables GDAL_HTTP_CONNECTTIMEOUT, GDAL_HTTP_LOW_SPEED_TIME and GDAL_HTTP_TIMEOUT",
        of("GDAL_HTTP_CONNECTTIMEOUT"),
        of("GDAL_HTTP_LOW_SPEED_TIME"),
        of("GDAL_HTTP_TIMEOUT")
    )
}

/// Bytes that are read of a text at a time.
const READ_BYTES: usize = 1 << 16;

/// Size of GDAL's cache of blocks unless the caller or `GDAL_CACHEMAX` sets another.
const CACHE_BYTES: usize = 64 << 20;

/// Sends GDAL's messages to `tracing::debug!` instead of stderr, and limits its cache to 64 MiB where `GDAL_CACHEMAX`
/// is not set.
///
/// Everything here that opens a file calls it. Calling it again changes nothing.
pub fn quiet_gdal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let cache = gdal::config::get_config_option("GDAL_CACHEMAX", "");
        if cache.is_ok_and(|cache| cache.is_empty()) {
            set_cache(CACHE_BYTES);
        }
        set_unless_stated(
            "GDAL_MAX_DATASET_POOL_SIZE",
            &Shares::of_process().mosaics.to_string(),
        );
        // Without these GDAL waits for minutes on a server that does not answer.
        for (option, seconds) in HTTP_LIMITS {
            set_unless_stated(option, seconds);
        }
        gdal::config::set_error_handler(|class, number, text| {
            tracing::debug!(?class, number, "GDAL: {text}");
            if matches!(class, CplErrType::Failure | CplErrType::Fatal) {
                remember_failure(text);
            }
        });
    });
}

/// Sets an option of GDAL, unless the caller or the environment sets it.
fn set_unless_stated(option: &str, value: &str) {
    let stated = gdal::config::get_config_option(option, "");
    if stated.is_ok_and(|stated| stated.is_empty()) {
        // The call fails on a zero byte alone; names and values here have none.
        let _ = gdal::config::set_config_option(option, value);
    }
}

fn remember_failure(text: &str) {
    FAILURES.with_borrow_mut(|failures| {
        if failures.len() < MAX_FAILURES {
            failures.push(text.to_owned());
        }
    });
}

/// Runs `work` and returns, with its result, the first failure that GDAL reported on this thread meanwhile.
///
/// GDAL before 3.7 returns nothing from flushing and closing. Only this shows that the last blocks of a file did not fit
/// on the disk.
pub(crate) fn with_failures<T>(work: impl FnOnce() -> T) -> (T, Option<String>) {
    quiet_gdal();
    FAILURES.with_borrow_mut(Vec::clear);
    let result = work();
    let first = FAILURES.with_borrow_mut(|failures| failures.drain(..).next());
    (result, first)
}

/// What GDAL itself reported, without the text that the crate adds.
pub(crate) fn text_of(error: &GdalError) -> String {
    match error {
        GdalError::CplError { msg, .. } | GdalError::NullPointer { msg, .. } if !msg.is_empty() => {
            msg.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        GdalError::BadArgument(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Limits GDAL's cache of blocks, which all files and threads share, to `bytes`.
///
/// Windows here are whole blocks, so that each block is decoded once and a small cache is faster: 64 MiB reads a quarter
/// faster than GDAL's default of 5 % of the memory.
pub fn set_gdal_config(bytes: usize) {
    quiet_gdal();
    set_cache(bytes);
}

fn set_cache(bytes: usize) {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    // SAFETY: takes a number and no pointer; GDAL guards the cache with its own lock.
    unsafe { gdal_sys::GDALSetCacheMax64(bytes) }
}

/// A coordinate transformation that may be moved to the thread that uses it.
#[derive(Debug)]
pub(crate) struct OwnedTransform(CoordTransform);

// SAFETY: GDAL hands the transformation the PROJ context of the calling thread on each use, and an owner
// that is moved is used by one thread at a time; it is not `Sync`.
unsafe impl Send for OwnedTransform {}

impl OwnedTransform {
    /// The transformation from one coordinate reference system to another.
    ///
    /// # Errors
    ///
    /// PROJ knows no transformation.
    pub(crate) fn new(from: &SpatialRef, to: &SpatialRef) -> Result<Self, GdalError> {
        CoordTransform::new(from, to).map(Self)
    }

    /// Transforms points in place.
    ///
    /// # Errors
    ///
    /// A point cannot be transformed. It becomes infinite.
    pub(crate) fn transform(&self, x: &mut [f64], y: &mut [f64]) -> Result<(), GdalError> {
        self.0.transform_coords(x, y, &mut [])
    }
}

/// Reads a whole block of a band, as it is stored, around GDAL's cache of blocks and its lock.
///
/// # Arguments
///
/// * `at` - column and row of the block, in blocks.
/// * `values` - as many as a block has, also at the edge of the raster, where some of them mean nothing.
///
/// # Errors
///
/// Another number or type of values than the block has, or GDAL cannot read it.
pub(crate) fn read_block<T: GdalType>(
    band: &RasterBand<'_>,
    at: [usize; 2],
    values: &mut [T],
) -> Result<(), GdalError> {
    let (width, height) = band.block_size();
    if values.len() != width * height || band.band_type() as u32 != T::gdal_ordinal() {
        return Err(GdalError::BadArgument(
            "a block has another size or type".to_owned(),
        ));
    }
    let [col, row] = [i32::try_from(at[0])?, i32::try_from(at[1])?];
    let (class, failure) = with_failures(|| {
        // SAFETY: the band outlives the call, which writes one block of the band's type: as many values of `T`.
        unsafe {
            gdal_sys::GDALReadBlock(band.c_rasterband(), col, row, values.as_mut_ptr().cast())
        }
    });
    let what = failure.unwrap_or_else(|| "a block cannot be read".to_owned());
    refused(class, &what)
}

/// Whether a file may have something stored of a band in a rectangle; false where it has none of its blocks.
///
/// # Arguments
///
/// * `at`, `size` - first column and row, columns and rows.
pub(crate) fn is_stored(band: &RasterBand<'_>, at: [usize; 2], size: [usize; 2]) -> bool {
    let numbers = [at[0], at[1], size[0], size[1]].map(i32::try_from);
    let [Ok(col), Ok(row), Ok(width), Ok(height)] = numbers else {
        return true;
    };
    // SAFETY: the band outlives the call; a null pointer says that the share is not wanted.
    let found = unsafe {
        gdal_sys::GDALGetDataCoverageStatus(
            band.c_rasterband(),
            col,
            row,
            width,
            height,
            COVERAGE_DATA,
            std::ptr::null_mut(),
        )
    };
    found & COVERAGE_DATA != 0
}

/// Sets the unit of a band.
///
/// # Errors
///
/// A zero byte in `unit`, or GDAL refuses.
pub(crate) fn set_unit(band: &mut RasterBand<'_>, unit: &str) -> Result<(), GdalError> {
    let unit = CString::new(unit)?;
    // SAFETY: the band outlives the call, and GDAL copies the string.
    let class = unsafe { gdal_sys::GDALSetRasterUnitType(band.c_rasterband(), unit.as_ptr()) };
    refused(class, "the unit of a band cannot be set")
}

/// Sets the names of the classes 0, 1, 2 ... of a band.
///
/// # Errors
///
/// A zero byte in a name, or GDAL refuses.
pub(crate) fn set_category_names(
    band: &mut RasterBand<'_>,
    names: &[String],
) -> Result<(), GdalError> {
    let mut list = CslStringList::new();
    for name in names {
        list.add_string(name)?;
    }
    // SAFETY: the band and the list outlive the call, and GDAL copies the strings.
    let class = unsafe { gdal_sys::GDALSetRasterCategoryNames(band.c_rasterband(), list.as_ptr()) };
    refused(class, "the class names of a band cannot be set")
}

/// Names of the classes 0, 1, 2 ... of a band; empty where it has none.
pub(crate) fn category_names(band: &RasterBand<'_>) -> Vec<String> {
    let mut names = Vec::new();
    // SAFETY: GDAL gives null or an array of C strings that ends in null and lives as long as the
    // band; every string is copied before the band is used again.
    unsafe {
        let mut next = gdal_sys::GDALGetRasterCategoryNames(band.c_rasterband());
        while !next.is_null() && !(*next).is_null() {
            names.push(
                std::ffi::CStr::from_ptr(*next)
                    .to_string_lossy()
                    .into_owned(),
            );
            next = next.add(1);
        }
    }
    names
}

/// A shape without curves as WKB; `None` where it has none.
///
/// # Errors
///
/// GDAL cannot straighten it.
pub(crate) fn linear_wkb(shape: &Geometry) -> Result<Option<Vec<u8>>, GdalError> {
    // SAFETY: the shape outlives the calls. The straight copy is ours: it is not null when it is used, and is destroyed
    // once. GDAL writes as many bytes as it said, into a buffer of that length.
    unsafe {
        let shape = shape.c_geometry();
        if gdal_sys::OGR_G_HasCurveGeometry(shape, 1) == 0 {
            return Ok(None);
        }
        let straight = gdal_sys::OGR_G_GetLinearGeometry(shape, 0.0, std::ptr::null_mut());
        if straight.is_null() {
            let what = "the curves of a shape cannot be straightened".to_owned();
            return Err(GdalError::BadArgument(what));
        }
        let n = usize::try_from(gdal_sys::OGR_G_WkbSize(straight)).unwrap_or(0);
        let mut wkb = vec![0; n];
        let order = gdal_sys::OGRwkbByteOrder::wkbNDR;
        let class = gdal_sys::OGR_G_ExportToIsoWkb(straight, order, wkb.as_mut_ptr());
        gdal_sys::OGR_G_DestroyGeometry(straight);
        if class != gdal_sys::OGRErr::OGRERR_NONE {
            let what = "a shape cannot be written as WKB".to_owned();
            return Err(GdalError::BadArgument(what));
        }
        Ok(Some(wkb))
    }
}

fn refused(class: gdal_sys::CPLErr::Type, what: &str) -> Result<(), GdalError> {
    if class == gdal_sys::CPLErr::CE_None {
        Ok(())
    } else {
        Err(GdalError::BadArgument(what.to_owned()))
    }
}

/// Whether a file exists, in any of GDAL's file systems (`/vsizip/`, `/vsitar/`, ...).
pub(crate) fn vsi_exists(path: &str) -> bool {
    let Ok(path) = CString::new(path) else {
        return false;
    };
    // The bindings do not know the size of what GDAL writes, a `stat64` of 144 bytes or less: theirs has none.
    let mut found = std::mem::MaybeUninit::<[u64; 64]>::uninit();
    // SAFETY: GDAL reads a string that outlives the call, and writes into the buffer it is given, which is larger than any
    // `stat64` and aligned as one, and is not read.
    unsafe { gdal_sys::VSIStatL(path.as_ptr(), found.as_mut_ptr().cast()) == 0 }
}

/// The first bytes of a file, in any of GDAL's file systems; `None` if it cannot be opened.
pub(crate) fn vsi_start(path: &str, most_bytes: usize) -> Option<Vec<u8>> {
    let path = CString::new(path).ok()?;
    let mut bytes = Vec::new();
    // SAFETY: GDAL reads strings that outlive the calls, and writes no more bytes than the part of the buffer has that it
    // is given. The file is not null when it is used, and is closed once.
    unsafe {
        let file = gdal_sys::VSIFOpenL(path.as_ptr(), c"rb".as_ptr());
        if file.is_null() {
            // GDAL would remember that there is no such file, and say that in place of what the server answers.
            gdal_sys::VSICurlPartialClearCache(path.as_ptr());
            return None;
        }
        while bytes.len() < most_bytes {
            let start = bytes.len();
            bytes.resize((start + READ_BYTES).min(most_bytes), 0);
            let n = gdal_sys::VSIFReadL(
                bytes[start..].as_mut_ptr().cast(),
                1,
                bytes.len() - start,
                file,
            );
            let is_end = n < bytes.len() - start;
            bytes.truncate(start + n);
            if is_end {
                break;
            }
        }
        gdal_sys::VSIFCloseL(file);
    }
    Some(bytes)
}

/// Keeps HDF5 from printing its error stack on this thread.
///
/// HDF5 has that switch per thread, and the netCDF driver sets it only on the thread that loaded the driver. On any other
/// thread, opening a file prints pages of harmless messages.
#[cfg(target_os = "linux")]
pub(crate) fn quiet_hdf5_on_this_thread() {
    use std::ffi::{c_char, c_int, c_void};
    type SetAuto = unsafe extern "C" fn(i64, *mut c_void, *mut c_void) -> c_int;
    unsafe extern "C" {
        fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    thread_local! {
        static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    }
    if IS_QUIET.replace(true) {
        return;
    }
    // SAFETY: a null handle is RTLD_DEFAULT; the symbol is null where GDAL has no HDF5, and
    // otherwise is `herr_t H5Eset_auto2(hid_t, H5E_auto2_t, void *)`, whose null function turns
    // the printing off. `hid_t` has 64 bits since HDF5 1.10.
    unsafe {
        let found = dlsym(std::ptr::null_mut(), c"H5Eset_auto2".as_ptr());
        if !found.is_null() {
            let set_auto = std::mem::transmute::<*mut c_void, SetAuto>(found);
            set_auto(0, std::ptr::null_mut(), std::ptr::null_mut());
        }
    }
}

/// Does nothing: elsewhere the symbol is not looked up.
#[cfg(not(target_os = "linux"))]
pub(crate) fn quiet_hdf5_on_this_thread() {}
