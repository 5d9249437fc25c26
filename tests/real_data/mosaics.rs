//! A real raster, cut and joined.

use doline::sources::InputRequest;
use tempfile::TempDir;

use crate::data::real;
use crate::made::{Made, numbers, open_in, read, request};

/// The sinusoidal projection of MODIS.
const SINUSOIDAL: &str = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs";

/// Real sinusoidal int16 data, cut in two by GDAL and joined again.
pub(crate) fn a_real_sinusoidal_raster_cut_in_two_is_the_whole() {
    let path = real("modis-ndvi-small/MOD13Q1_NDVI_Mohinora.tif");
    let dir = TempDir::new().unwrap();
    let whole = gdal::Dataset::open(&path).unwrap();
    let (width, height) = whole.raster_size();
    let t = whole.geo_transform().unwrap();
    let band = whole.rasterband(1).unwrap();
    for (name, first, last) in [("h08v06", 0, 20), ("h09v06", 20, width)] {
        let data = band
            .read_as::<i16>(
                (isize::try_from(first).unwrap(), 0),
                (last - first, height),
                (last - first, height),
                None,
            )
            .unwrap();
        let mut transform = t;
        transform[0] += t[1] * f64::from(u32::try_from(first).unwrap());
        let made = Made {
            size: (last - first, height),
            bands: vec![data.data().to_vec()],
            nodata: band.no_data_value(),
            transform,
            crs: SINUSOIDAL,
            ..Made::default()
        };
        made.tif(&dir.path().join(format!("MOD13Q1.A2001001.{name}.tif")));
    }
    let expected: Vec<f64> = {
        let data = band
            .read_as::<i16>((0, 0), (width, height), (width, height), None)
            .unwrap();
        data.data().iter().map(|&x| f64::from(x)).collect()
    };
    let asked = InputRequest {
        steps: Some(doline::calendar::Steps::Annual),
        ..request("ndvi", &[dir.path().join("MOD13Q1.A{year}*.tif")])
    };
    let one = doline::calendar::Years {
        first: 2001,
        last: 2001,
    };
    let stacks = open_in(&asked, one).unwrap();
    assert_eq!(numbers(&read(&stacks).inputs[0]), expected);
}
