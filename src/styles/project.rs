//! A QGIS project of all maps of a run, in groups, with the outlines of its zones on top.
//!
//! Paths are relative to the project, so that the folder can be moved. Each year of a stack is also a layer of its own with
//! its time: the temporal controller of QGIS shows them one after the other.

use std::fmt::Write as _;

use super::describe::StyledMap;
use super::groups::{Group, groups_of};
use super::place::Place;
use super::renderer::pipe_of;
use super::xml::escaped;

/// Colour and width in mm of the outlines of each set of zones, which repeat.
const OUTLINES: [(&str, &str); 4] = [
    ("35,35,35,255", "0.3"),
    ("213,94,0,255", "0.4"),
    ("0,114,178,255", "0.4"),
    ("204,121,167,255", "0.4"),
];

/// The text of the project.
pub(super) fn project_of(maps: &[StyledMap], place: &Place) -> String {
    let mut project = Project {
        place,
        shown: shown_first(maps, place),
        tree: String::new(),
        layers: String::new(),
        n_layers: 0,
    };
    project.add_zones();
    let all = groups_of(maps, place);
    for group in &all.groups {
        project.add_group(group, 2);
    }
    let (tree, layers) = (&project.tree, &project.layers);
    let study = escaped(&place.study);
    let [first, last] = place.years;
    let crs = crs_of(place);
    let background = background();
    let [west, south, east, north] = place.grid.bounds();
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n\
         <qgis version=\"3.22.0\" projectname=\"{study}\">\n  <title>{study}</title>\n\
         \x20 <projectCrs>{crs}</projectCrs>\n\
         \x20 <layer-tree-group>\n{tree}  </layer-tree-group>\n\
         \x20 <mapcanvas name=\"theMapCanvas\">\n\
         \x20   <extent><xmin>{west}</xmin><ymin>{south}</ymin><xmax>{east}</xmax><ymax>{north}</ymax></extent>\n\
         \x20   <destinationsrs>{crs}</destinationsrs>\n  </mapcanvas>\n\
         \x20 <projectlayers>\n{layers}  </projectlayers>\n\
         \x20 <properties><Paths><Absolute type=\"bool\">false</Absolute></Paths>\
         <SpatialRefSys><ProjectionsEnabled type=\"int\">1</ProjectionsEnabled></SpatialRefSys>\
         {background}</properties>\n\
         \x20 <ProjectViewSettings UseProjectScales=\"0\"><Scales/>\
         <DefaultViewExtent xmin=\"{west}\" ymin=\"{south}\" xmax=\"{east}\" ymax=\"{north}\">{crs}</DefaultViewExtent>\
         </ProjectViewSettings>\n\
         \x20 <ProjectTimeSettings timeStep=\"1\" timeStepUnit=\"y\" frameRate=\"1\" cumulativeTemporalRange=\"0\">\
         <TemporalRange><start>{first:04}-01-01T00:00:00Z</start><end>{last:04}-12-31T23:59:59Z</end></TemporalRange>\
         </ProjectTimeSettings>\n</qgis>\n"
    )
}

/// The colour behind all maps, light blue: white is also the middle of a ramp, and missing pixels are transparent.
fn background() -> String {
    let mut gui = String::new();
    for (channel, value) in [("Red", 214), ("Green", 224), ("Blue", 235)] {
        let _ = write!(
            gui,
            "<CanvasColor{channel}Part type=\"int\">{value}</CanvasColor{channel}Part>"
        );
    }
    format!("<Gui>{gui}</Gui>")
}

/// The map that is shown when the project is opened: the first trend, else the first map.
fn shown_first<'a>(maps: &'a [StyledMap], place: &Place) -> Option<&'a str> {
    let mut series = place.series.iter();
    let trend = series.find_map(|series| {
        let path = format!("maps/{series}_slope");
        maps.iter().find(|map| map.path == path)
    });
    trend.or(maps.first()).map(|map| map.path.as_str())
}

fn crs_of(place: &Place) -> String {
    let grid = &place.grid;
    if grid.crs_wkt.is_empty() {
        return String::new();
    }
    let authid = if place.has_code() {
        escaped(&grid.crs_name)
    } else {
        String::new()
    };
    let wkt = escaped(&grid.crs_wkt);
    format!("<spatialrefsys><wkt>{wkt}</wkt><authid>{authid}</authid></spatialrefsys>")
}

/// A project while it is made.
struct Project<'a> {
    place: &'a Place,
    /// The path of the one map that is shown at first.
    shown: Option<&'a str>,
    /// Groups and layers as the panel of layers lists them.
    tree: String,
    /// The layers.
    layers: String,
    n_layers: usize,
}

/// A raster layer.
struct Layer<'a> {
    map: &'a StyledMap,
    band: usize,
    name: String,
    is_checked: bool,
    /// The year that it is of.
    year: Option<i32>,
}

impl Project<'_> {
    /// Adds a group with what is in it.
    ///
    /// # Arguments
    ///
    /// * `depth` - how far it is set in.
    fn add_group(&mut self, group: &Group<'_>, depth: usize) {
        let holds = |group: &Group<'_>| {
            group
                .maps
                .iter()
                .any(|map| Some(map.path.as_str()) == self.shown)
        };
        let is_open = holds(group) || group.groups.iter().any(holds);
        self.open_group(&group.name, is_open, true, depth);
        for inner in &group.groups {
            self.add_group(inner, depth + 1);
        }
        for map in &group.maps {
            let unit = map.unit_shown();
            let unit = if unit.is_empty() {
                String::new()
            } else {
                format!(" ({unit})")
            };
            let Some(years) = map.years() else {
                let is_checked = self.shown == Some(map.path.as_str());
                let name = format!("{}{unit}", map.name());
                self.add_raster(
                    &Layer {
                        map,
                        band: 1,
                        name,
                        is_checked,
                        year: None,
                    },
                    depth + 1,
                );
                continue;
            };
            // Hidden until its group is shown.
            self.open_group(&format!("{}{unit}", map.name()), false, false, depth + 1);
            for (place, year) in years.into_iter().enumerate() {
                let name = format!("{} {year}", map.name());
                self.add_raster(
                    &Layer {
                        map,
                        band: place + 1,
                        name,
                        is_checked: true,
                        year: Some(year),
                    },
                    depth + 2,
                );
            }
            self.close_group(depth + 1);
        }
        self.close_group(depth);
    }

    fn open_group(&mut self, name: &str, is_open: bool, is_checked: bool, depth: usize) {
        let _ = writeln!(
            self.tree,
            "{:indent$}<layer-tree-group name=\"{}\" expanded=\"{}\" checked=\"{}\">",
            "",
            escaped(name),
            u8::from(is_open),
            checked(is_checked),
            indent = 2 * depth
        );
    }

    fn close_group(&mut self, depth: usize) {
        let _ = writeln!(
            self.tree,
            "{:indent$}</layer-tree-group>",
            "",
            indent = 2 * depth
        );
    }

    /// Lists a layer in the tree, and gives its id.
    ///
    /// # Arguments
    ///
    /// * `states` - whether it is shown, and whether its legend is.
    fn list(&mut self, name: &str, provider: &str, states: [bool; 2], depth: usize) -> String {
        let [is_checked, is_open] = states;
        self.n_layers += 1;
        // QGIS takes no id that is shorter than 11 characters.
        let id = format!("doline_layer_{:04}", self.n_layers);
        let _ = writeln!(
            self.tree,
            "{:indent$}<layer-tree-layer id=\"{id}\" name=\"{}\" providerKey=\"{provider}\" expanded=\"{}\" checked=\"{}\"/>",
            "",
            escaped(name),
            u8::from(is_open),
            checked(is_checked),
            indent = 2 * depth
        );
        id
    }

    fn add_raster(&mut self, layer: &Layer<'_>, depth: usize) {
        let is_open = layer.is_checked && layer.year.is_none();
        let states = [layer.is_checked, is_open];
        let id = self.list(&layer.name, "gdal", states, depth);
        let temporal = layer.year.map(|year| {
            format!(
                "      <temporal enabled=\"1\" mode=\"0\" fetchMode=\"0\"><fixedRange>\
                 <start>{year:04}-01-01T00:00:00Z</start><end>{year:04}-12-31T23:59:59Z</end>\
                 </fixedRange></temporal>\n"
            )
        });
        let crs = crs_of(self.place);
        let _ = write!(
            self.layers,
            "    <maplayer type=\"raster\" styleCategories=\"AllStyleCategories\">\n\
             \x20     <id>{id}</id>\n      <datasource>./{}</datasource>\n\
             \x20     <layername>{}</layername>\n      <abstract>{}</abstract>\n\
             \x20     <srs>{crs}</srs>\n      <provider>gdal</provider>\n{}{}\
             \x20     <blendMode>0</blendMode>\n    </maplayer>\n",
            escaped(&layer.map.file()),
            escaped(&layer.name),
            escaped(&layer.map.description),
            temporal.unwrap_or_default(),
            pipe_of(layer.map, layer.band)
        );
    }

    /// The outlines of each set of zones, the first of them shown.
    fn add_zones(&mut self) {
        let sets = self.place.zone_sets.clone();
        if sets.is_empty() {
            return;
        }
        self.open_group("zones", true, true, 2);
        for (place, set) in sets.iter().enumerate() {
            let id = self.list(set, "ogr", [place == 0, false], 3);
            let (colour, width) = OUTLINES[place % OUTLINES.len()];
            // A quote inside a text of SQL is two.
            let filter = escaped(&format!("\"set\" = '{}'", set.replace('\'', "''")));
            let name = escaped(set);
            let _ = write!(
                self.layers,
                "    <maplayer type=\"vector\" geometry=\"Polygon\" wkbType=\"MultiPolygon\" labelsEnabled=\"0\">\n\
                 \x20     <id>{id}</id>\n\
                 \x20     <datasource>./tables/zones.geojson|subset={filter}</datasource>\n\
                 \x20     <layername>{name}</layername>\n\
                 \x20     <srs><spatialrefsys><authid>EPSG:4326</authid></spatialrefsys></srs>\n\
                 \x20     <provider encoding=\"UTF-8\">ogr</provider>\n\
                 \x20     <renderer-v2 type=\"singleSymbol\"><symbols>\
                 <symbol type=\"fill\" name=\"0\" alpha=\"1\"><layer class=\"SimpleFill\" enabled=\"1\" pass=\"0\">{}</layer></symbol>\
                 </symbols></renderer-v2>\n\
                 \x20     <previewExpression>\"zone\"</previewExpression>\n    </maplayer>\n",
                symbol(colour, width)
            );
        }
        self.close_group(2);
    }
}

fn checked(is_checked: bool) -> &'static str {
    if is_checked {
        "Qt::Checked"
    } else {
        "Qt::Unchecked"
    }
}

/// Outlines without a fill. QGIS before 3.20 reads `prop`, later ones `Option`.
fn symbol(colour: &str, width: &str) -> String {
    let options = [
        ("style", "no"),
        ("outline_color", colour),
        ("outline_style", "solid"),
        ("outline_width", width),
        ("outline_width_unit", "MM"),
        ("joinstyle", "round"),
    ];
    let (mut new, mut old) = (String::new(), String::new());
    for (name, value) in options {
        let _ = write!(
            new,
            "<Option type=\"QString\" name=\"{name}\" value=\"{value}\"/>"
        );
        let _ = write!(old, "<prop k=\"{name}\" v=\"{value}\"/>");
    }
    format!("<Option type=\"Map\">{new}</Option>{old}")
}
