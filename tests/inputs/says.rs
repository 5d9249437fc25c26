//! What files say of themselves where GDAL does not hand it over, or where they do not say one thing.

use std::fs;

use doline::sources::{InputRequest, inspect};
use gdal::{Dataset, Metadata};
use tempfile::TempDir;

use super::made::{
    Made, YEARS, constant, first_of_steps, numbers, open, open_in, read, request, says,
};
use doline::calendar::Years;

#[test]
fn axes_that_are_not_even_are_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("swapped.nc");
    Made {
        bands: constant([1.0_f32, 2.0, 3.0]),
        transform: [20.0, 0.1, 0.0, 125.0, 0.0, -0.1],
        ..Made::default()
    }
    .netcdf(&path, &[0.0, 366.0, 731.0], "days since 2001-01-01", "");
    says(
        &open(&request("npp", &[path])).unwrap_err(),
        &["latitudes go from 124.5 to 125", "swapped?"],
    );

    let plain = dir.path().join("plain.png");
    Made {
        bands: constant([1_u8]),
        crs: "",
        ..Made::default()
    }
    .save("PNG", &plain, &[]);
    fs::remove_file(dir.path().join("plain.png.aux.xml")).ok();
    let years = Years {
        first: 2001,
        last: 2001,
    };
    let asked = InputRequest {
        crs: Some("EPSG:4326".to_owned()),
        ..request("npp", &[plain])
    };
    says(
        &open_in(&asked, years).unwrap_err(),
        &["no usable georeference", "no geotransform", "-a_ullr"],
    );
}

/// Bands of one file, as `gdalbuildvrt -separate` puts files of different scales together.
#[test]
fn bands_and_files_that_differ_are_refused_unless_the_study_decides() {
    let dir = TempDir::new().unwrap();
    let file = |name: &str, scale: f64, unit: &'static str| {
        let path = dir.path().join(name);
        Made {
            bands: constant([100_i16]),
            scale_offset: Some((scale, 0.0)),
            unit,
            ..Made::default()
        }
        .save("netCDF", &path, &[]);
        path
    };
    let files = [
        file("n_2001.nc", 0.1, "g m-2"),
        file("n_2002.nc", 0.1, "kg m-2"),
        file("n_2003.nc", 0.1, "kg m-2"),
    ];
    let pattern = dir.path().join("n_{year}.nc");
    let asked = request("npp", &[pattern]);
    says(
        &open(&asked).unwrap_err(),
        &[
            "disagree on units: n_2002.nc has \"kg m-2\", n_2001.nc has \"g m-2\"",
            "set `units`",
        ],
    );
    let decided = InputRequest {
        unit_word: Some("gC m-2".to_owned()),
        ..asked
    };
    assert_eq!(first_of_steps(&open(&decided).unwrap()), [100.0; 3]);

    let vrt = dir.path().join("bands.vrt");
    let scales = [0.1, 0.2, 0.3];
    let bands: Vec<String> = (1..=3)
        .map(|band| {
            let (scale, source) = (scales[band - 1], files[band - 1].display());
            format!(
                "<VRTRasterBand dataType=\"Int16\" band=\"{band}\"><Scale>{scale}</Scale><SimpleSource>\
                 <SourceFilename>{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
            )
        })
        .collect();
    fs::write(
        &vrt,
        format!(
            "<VRTDataset rasterXSize=\"6\" rasterYSize=\"5\"><SRS>EPSG:4326</SRS>\
             <GeoTransform>105, 0.1, 0, 25, 0, -0.1</GeoTransform>{}</VRTDataset>",
            bands.concat()
        ),
    )
    .unwrap();
    let asked = request("npp", &[vrt]);
    says(
        &open(&asked).unwrap_err(),
        &["disagree on scale: band 2 of bands.vrt has 0.2, band 1 of bands.vrt has 0.1"],
    );
    let decided = InputRequest {
        scale: Some(0.1),
        ..asked
    };
    assert_eq!(open(&decided).unwrap().inputs()[0].packing.scale, 0.1);
}

/// CF: what is `missing_value` is missing as much as what is `_FillValue`; GDAL takes one and leaves the other in the
/// metadata of the bands, also of what it makes of a netCDF file.
#[test]
fn a_missing_value_beside_a_fill_value_is_missing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("t.tif");
    let made = Made {
        bands: constant([1.0_f32, 9999.0, 3.0]),
        nodata: Some(-1.0),
        ..Made::default()
    };
    let source = made.dataset();
    for (band, year) in (1..=3).zip(["2001", "2002", "2003"]) {
        let mut band = source.rasterband(band).unwrap();
        band.set_metadata_item("missing_value", "9999", "").unwrap();
        band.set_description(year).unwrap();
    }
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").unwrap();
    source
        .create_copy(
            &driver,
            &path,
            &gdal::raster::RasterCreationOptions::default(),
        )
        .unwrap()
        .close()
        .unwrap();
    let stacks = open(&request("npp", &[path])).unwrap();
    assert_eq!(stacks.inputs()[0].packing.nodata, [-1.0, 9999.0]);
}

/// What netCDF-4 writes, read as HDF5: GDAL leaves attributes in the metadata, behind the name of the data set.
#[test]
fn attributes_of_hdf5_data_sets_are_read() {
    let dir = TempDir::new().unwrap();
    for year in YEARS.first..=YEARS.last {
        let path = dir.path().join(format!("n_{year}.nc"));
        let made = Made {
            bands: constant([100_i16]),
            scale_offset: Some((0.1, 5.0)),
            unit: "g m-2",
            ..Made::default()
        };
        made.save("netCDF", &path, &["FORMAT=NC4"]);
    }
    let name = format!(
        "HDF5:\"{}\"://Band1",
        dir.path().join("n_2001.nc").display()
    );
    let years = Years {
        first: 2001,
        last: 2001,
    };
    let stacks = open_in(
        &InputRequest {
            files: vec![name],
            ..request("npp", &[])
        },
        years,
    )
    .unwrap();
    let input = &stacks.inputs()[0];
    assert_eq!(
        (
            input.packing.scale,
            input.packing.offset,
            input.file_unit.as_deref()
        ),
        (0.1, 5.0, Some("g m-2"))
    );
}

/// A mask in the file and none in the numbers: a COG of whole numbers, say.
#[test]
fn the_mask_of_a_file_says_what_is_missing() {
    let dir = TempDir::new().unwrap();
    gdal::config::set_thread_local_config_option("GDAL_TIFF_INTERNAL_MASK", "YES").unwrap();
    for year in YEARS.first..=YEARS.last {
        let path = dir.path().join(format!("m_{year}.tif"));
        Made {
            bands: constant([7_i16]),
            ..Made::default()
        }
        .tif(&path);
        let options = gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        };
        let dataset = Dataset::open_ex(&path, options).unwrap();
        let mut band = dataset.rasterband(1).unwrap();
        band.create_mask_band(true).unwrap();
        let mut mask = band.open_mask_band().unwrap();
        let kept: Vec<u8> = (0..30)
            .map(|pixel| if pixel % 3 == 0 { 0 } else { 255 })
            .collect();
        mask.write((0, 0), (6, 5), &mut gdal::raster::Buffer::new((6, 5), kept))
            .unwrap();
        dataset.close().unwrap();
    }
    let stacks = open(&request("npp", &[dir.path().join("m_{year}.tif")])).unwrap();
    let found = numbers(&read(&stacks).inputs[0]);
    assert_eq!(found.len(), 90);
    for (i, x) in found.iter().enumerate() {
        assert!(
            if i % 30 % 3 == 0 {
                x.is_nan()
            } else {
                *x == 7.0
            },
            "{i}: {x}"
        );
    }
    let sample = inspect(&dir.path().join("m_2001.tif"), None, false)
        .unwrap()
        .raster
        .unwrap()
        .sample
        .unwrap();
    assert!(
        (sample.missing - 1.0 / 3.0).abs() < 1e-12,
        "{}",
        sample.missing
    );
}

/// A year in the name and another on the axis; months of two years in a file that is named by one.
#[test]
fn a_time_axis_that_is_not_of_the_year_in_the_name_is_told() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2003 {
        let made = || Made {
            bands: constant([1.0_f32]),
            ..Made::default()
        };
        let days = f64::from(year - 2001) * 365.25;
        made().netcdf(
            &dir.path().join(format!("a_{year}.nc")),
            &[days],
            "days since 2011-01-02",
            "",
        );
        let months: Vec<f64> = (0..12)
            .map(|month| days + 30.4 * f64::from(month))
            .collect();
        let made = Made {
            bands: constant((0..12).map(f64::from)),
            ..Made::default()
        };
        made.netcdf(
            &dir.path().join(format!("b_{year}.nc")),
            &months,
            "days since 2000-07-05",
            "",
        );
    }
    let stacks = open(&request("npp", &[dir.path().join("a_{year}.nc")])).unwrap();
    says(
        &stacks.notes().join("; "),
        &[
            "3 of its files have another time on their axis",
            "a_2001.nc, 2011-01",
        ],
    );
    let refused = open(&request("temperature", &[dir.path().join("b_{year}.nc")])).unwrap_err();
    says(
        &refused,
        &[
            "b_2001.nc goes from 2000-07 to 2001-06",
            "write `*` instead of {year}",
        ],
    );
}

#[test]
fn bands_called_by_their_months_are_put_in_order() {
    let dir = TempDir::new().unwrap();
    let names = [
        "Dec", "Nov", "Oct", "Sep", "Aug", "Jul", "Jun", "May", "Apr", "Mar", "Feb", "Jan",
    ];
    for year in 2001..=2003 {
        let path = dir.path().join(format!("t_{year}.tif"));
        Made {
            bands: constant((0..12).rev().map(f64::from)),
            ..Made::default()
        }
        .tif(&path);
        let options = gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        };
        let dataset = Dataset::open_ex(&path, options).unwrap();
        for (band, name) in names.iter().enumerate() {
            dataset
                .rasterband(band + 1)
                .unwrap()
                .set_description(&format!("{name} mean"))
                .unwrap();
        }
        dataset.close().unwrap();
    }
    let stacks = open(&request("temperature", &[dir.path().join("t_{year}.tif")])).unwrap();
    let expected: Vec<f64> = (0..36).map(|month| f64::from(month % 12)).collect();
    assert_eq!(first_of_steps(&stacks), expected);
    for year in 2001..=2003 {
        Made {
            bands: constant((0..12).map(f64::from)),
            ..Made::default()
        }
        .tif(&dir.path().join(format!("u_{year}.tif")));
    }
    let untold = open(&request("temperature", &[dir.path().join("u_{year}.tif")])).unwrap();
    says(
        &untold.inputs()[0].timing.how,
        &["the twelve bands of a file in order"],
    );
}
