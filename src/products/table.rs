//! The products. Every number is from the `source` of its product; the rest is left to the files.

use super::product::{Cadence, Fill, Layer, Product};

/// Nothing beyond what the files state.
const PLAIN: Layer = Layer {
    title: "",
    inputs: &[],
    variable: None,
    unit: None,
    file_units: &[],
    scale: None,
    valid_range: None,
    fill: &[],
    cadence: Cadence::Monthly,
    caution: None,
};

const fn fill(code: f64, meaning: &'static str) -> Fill {
    Fill { code, meaning }
}

/// The classes of land without a value in MOD17.
const MOD17_FILL: &[Fill] = &[
    fill(32_761.0, "land cover unclassified or not determined"),
    fill(32_762.0, "urban or built-up land"),
    fill(32_763.0, "permanent wetland or inundated marshland"),
    fill(32_764.0, "perennial snow or ice"),
    fill(32_765.0, "barren or sparsely vegetated land"),
    fill(32_766.0, "salt water or inland fresh water"),
    fill(32_767.0, "fill value"),
];

const NPP_500M: Layer = Layer {
    title: "annual net primary production",
    inputs: &["npp"],
    variable: Some("Npp_500m"),
    unit: Some("kgC m-2 yr-1"),
    file_units: &["kg_C/m^2", "kgC/m^2", "kg C/m^2", "kg*C/m^2"],
    scale: Some(0.0001),
    valid_range: Some([-30_000.0, 32_700.0]),
    fill: MOD17_FILL,
    cadence: Cadence::Annual,
    caution: None,
};

const GPP_500M: Layer = Layer {
    title: "gross primary production of 8 days",
    variable: Some("Gpp_500m"),
    unit: Some("kgC m-2"),
    scale: Some(0.0001),
    valid_range: Some([0.0, 30_000.0]),
    fill: MOD17_FILL,
    cadence: Cadence::Finer("8-day"),
    ..PLAIN
};

const NDVI_MONTHLY: Layer = Layer {
    title: "monthly NDVI",
    inputs: &["ndvi"],
    variable: Some("1 km monthly NDVI"),
    unit: Some("1"),
    file_units: &["NDVI"],
    scale: Some(0.0001),
    valid_range: Some([-2_000.0, 10_000.0]),
    fill: &[fill(-3_000.0, "fill value")],
    ..PLAIN
};

/// Every product that is known, in the order in which they are listed.
pub const PRODUCTS: &[Product] = &[
    Product {
        name: "MOD17A3HGF",
        title: "MODIS/Terra net primary production, gap-filled, yearly, 500 m",
        version: "6.1 (and 6)",
        source: "layers and fill classes: https://lpdaac.usgs.gov/products/mod17a3hv006/; \
                 https://ladsweb.modaps.eosdis.nasa.gov/filespec/MODIS/6/MYD17A3HGF; \
                 https://developers.google.com/earth-engine/datasets/catalog/MODIS_061_MOD17A3HGF",
        note: "tiles of one year are joined: files = \"MOD17A3HGF.A{year}001.*.hdf\"",
        layers: &[NPP_500M],
    },
    Product {
        name: "MYD17A3HGF",
        title: "MODIS/Aqua net primary production, gap-filled, yearly, 500 m",
        version: "6.1 (and 6)",
        source: "https://ladsweb.modaps.eosdis.nasa.gov/filespec/MODIS/6/MYD17A3HGF; fill classes as MOD17A3H: \
                 https://lpdaac.usgs.gov/products/mod17a3hv006/",
        note: "tiles of one year are joined: files = \"MYD17A3HGF.A{year}001.*.hdf\"",
        layers: &[NPP_500M],
    },
    Product {
        name: "MOD17A2HGF",
        title: "MODIS/Terra gross primary production, gap-filled, 8-day, 500 m",
        version: "6.1 (and 6)",
        source: "https://doi.org/10.5067/MODIS/MOD17A2H.006 (layers); https://lpdaac.usgs.gov/products/myd17a2hgfv006",
        note: "totals of 8 days, the last of a year of 5 or 6: add them up to years first",
        layers: &[GPP_500M],
    },
    Product {
        name: "MOD13A3",
        title: "MODIS/Terra vegetation indices, monthly, 1 km",
        version: "6.1",
        source: "https://developers.google.com/earth-engine/datasets/catalog/MODIS_061_MOD13A3; fill value: MODIS \
                 Vegetation Index User's Guide (MOD13 series)",
        note: "its HDF files state 10000 as scale factor, to divide by; the product's 0.0001 is used. The fill value is \
               outside the valid range",
        layers: &[NDVI_MONTHLY],
    },
    Product {
        name: "MYD13A3",
        title: "MODIS/Aqua vegetation indices, monthly, 1 km",
        version: "6.1",
        source: "https://developers.google.com/earth-engine/datasets/catalog/MODIS_061_MYD13A3; fill value: MODIS \
                 Vegetation Index User's Guide (MOD13 series)",
        note: "as MOD13A3",
        layers: &[NDVI_MONTHLY],
    },
    Product {
        name: "MOD15A2H",
        title: "MODIS/Terra leaf area index, 8-day, 500 m",
        version: "6.1",
        source: "https://ladsweb.modaps.eosdis.nasa.gov/filespec/MODIS/6/MOD15A2H_c6; \
                 https://developers.google.com/earth-engine/datasets/catalog/MODIS_061_MOD15A2H",
        note: "values of 8 days: make monthly or annual means first. Stored numbers over 100 say why there is no value",
        layers: &[Layer {
            title: "leaf area index",
            inputs: &["lai"],
            variable: Some("Lai_500m"),
            unit: Some("1"),
            file_units: &["m^2/m^2"],
            scale: Some(0.1),
            valid_range: Some([0.0, 100.0]),
            cadence: Cadence::Finer("8-day"),
            ..PLAIN
        }],
    },
    Product {
        name: "GIMMS-NDVI3g",
        title: "GIMMS AVHRR NDVI, third generation, half-monthly, 1/12 degree",
        version: "v1",
        source: "https://iridl.ldeo.columbia.edu/SOURCES/.NASA/.ARC/.ECOCAST/.GIMMS/.NDVI3g/.v1p0/",
        note: "two values a month: make months first (most take the larger of the two)",
        layers: &[Layer {
            title: "NDVI",
            inputs: &["ndvi"],
            variable: Some("ndvi"),
            unit: Some("1"),
            cadence: Cadence::Finer("half-monthly"),
            ..PLAIN
        }],
    },
    Product {
        name: "TerraClimate",
        title: "TerraClimate, monthly, 1/24 degree",
        version: "1958 to present",
        source: "Abatzoglou et al. 2018, doi:10.1038/sdata.2017.191; http://www.climatologylab.org/terraclimate.html",
        note: "no mean temperature: give the mean of tmax and tmin as a file of its own. Scale, offset and fill value \
               are those of the files",
        layers: &[
            Layer {
                title: "precipitation",
                inputs: &["precipitation"],
                variable: Some("ppt"),
                unit: Some("mm month-1"),
                file_units: &["mm"],
                ..PLAIN
            },
            Layer {
                title: "downward shortwave radiation",
                inputs: &["radiation"],
                variable: Some("srad"),
                unit: Some("W m-2"),
                file_units: &["W/m^2"],
                ..PLAIN
            },
            Layer {
                title: "mean of the daily maximum temperature",
                variable: Some("tmax"),
                unit: Some("degC"),
                ..PLAIN
            },
            Layer {
                title: "mean of the daily minimum temperature",
                variable: Some("tmin"),
                unit: Some("degC"),
                ..PLAIN
            },
        ],
    },
    Product {
        name: "ERA5-Land",
        title: "ERA5-Land, monthly means of the Climate Data Store, 0.1 degree",
        version: "monthly averaged reanalysis",
        source: "https://confluence.ecmwf.int/x/DI4fDw (accumulated variables of monthly means are per day); \
                 doi:10.24381/cds.68d2bb30",
        note: "its files say m and J m-2 where m and J m-2 a day are meant; not for Earth Engine's MONTHLY_AGGR, \
               whose _sum bands are totals of the month",
        layers: &[
            Layer {
                title: "temperature at 2 m",
                inputs: &["temperature"],
                variable: Some("t2m"),
                unit: Some("K"),
                ..PLAIN
            },
            Layer {
                title: "total precipitation",
                inputs: &["precipitation"],
                variable: Some("tp"),
                unit: Some("m d-1"),
                file_units: &["m", "m of water equivalent"],
                ..PLAIN
            },
            Layer {
                title: "solar radiation downwards",
                inputs: &["radiation"],
                variable: Some("ssrd"),
                unit: Some("J m-2 d-1"),
                file_units: &["J m**-2", "J m-2"],
                ..PLAIN
            },
        ],
    },
    Product {
        name: "CRU-TS",
        title: "CRU TS, monthly, 0.5 degree",
        version: "4",
        source: "http://iridl.ldeo.columbia.edu/SOURCES/.UEA/.CRU/.TS4p0/.monthly/dods.das; doi:10.1038/s41597-020-0453-3",
        note: "",
        layers: &[
            Layer {
                title: "mean temperature",
                inputs: &["temperature"],
                variable: Some("tmp"),
                unit: Some("degC"),
                fill: CRU_FILL,
                ..PLAIN
            },
            Layer {
                title: "precipitation",
                inputs: &["precipitation"],
                variable: Some("pre"),
                unit: Some("mm month-1"),
                fill: CRU_FILL,
                ..PLAIN
            },
        ],
    },
    Product {
        name: "China-1km",
        title: "1 km monthly temperature and precipitation of China, 1901 on (Peng and others)",
        version: "2019 and its updates",
        source: "Peng et al. 2019, doi:10.5194/essd-11-1931-2019; \
                 http://data.tpdc.ac.cn/en/data/faae7605-a0f2-4d18-b28f-5cee413766a2/",
        note: "stored as tenths of a degree and of a millimetre; the fill value is that of the files",
        layers: &[
            Layer {
                title: "mean temperature",
                inputs: &["temperature"],
                unit: Some("degC"),
                scale: Some(0.1),
                ..PLAIN
            },
            Layer {
                title: "precipitation",
                inputs: &["precipitation"],
                unit: Some("mm month-1"),
                scale: Some(0.1),
                ..PLAIN
            },
        ],
    },
    Product {
        name: "SoilGrids",
        title: "SoilGrids 2.0 organic carbon stock (ocs_0-30cm_mean), 250 m",
        version: "2.0",
        source: "https://docs.isric.org/globaldata/soilgrids/SoilGrids_faqs_01.html; doi:10.5194/soil-7-217-2021",
        note: "0 to 30 cm, where the models of respiration mean 0 to 20 cm: it has more carbon than they expect. Its other \
               layers (ocd, soc) are no stocks",
        layers: &[Layer {
            title: "organic carbon stock, 0 to 30 cm",
            inputs: &["soc"],
            unit: Some("t ha-1"),
            cadence: Cadence::Static,
            caution: Some(
                "it is the carbon of 0 to 30 cm, and the models of respiration mean 0 to 20 cm",
            ),
            ..PLAIN
        }],
    },
    Product {
        name: "HWSD",
        title: "Harmonized World Soil Database",
        version: "1.2 and 2.0",
        source: "https://search.r-project.org/CRAN/refmans/QBMS/html/get_hwsd2.html (the raster has soil mapping units)",
        note: "join its table of layers first, and make a raster of carbon stock of it",
        layers: &[Layer {
            title: "numbers of soil mapping units",
            inputs: &["soc"],
            cadence: Cadence::NoQuantity(
                "numbers of soil mapping units, whose carbon stands in a table",
            ),
            ..PLAIN
        }],
    },
];

/// Stored where there is no value, in CRU TS.
const CRU_FILL: &[Fill] = &[fill(9.969_209_968_386_869e36, "no value")];
