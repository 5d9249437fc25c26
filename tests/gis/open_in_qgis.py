"""Open every map of a finished run in QGIS, and its project, and hold what QGIS shows against the files.

    QT_QPA_PLATFORM=offscreen python3 open_in_qgis.py RUN_FOLDER [PICTURES_FOLDER]

No map is grey. Classes have the labels and colours that the file itself has, and each pixel is drawn in the colour of its
class. Quantities are drawn between the limits of their style, each pixel in the colour that the style gives its value. Class
maps stay coloured and labelled without the styles. The project opens where the folder has been moved to, with every layer,
and years have their times.

Exit code: 0 all of this holds, 1 not (what does not is listed).
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import numpy as np  # noqa: E402
from osgeo import gdal  # noqa: E402
from qgis.core import (  # noqa: E402
    Qgis,
    QgsApplication,
    QgsColorRampShader,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor, QImage  # noqa: E402

gdal.UseExceptions()
BACKGROUND = (255, 0, 255)
# Pixels of a picture along a pixel of a raster: at its edge QGIS may draw the neighbour.
MAGNIFIED = 5
faults = []


def check(holds, what):
    if not holds:
        faults.append(what)


def drawn(layer, width, height):
    """A layer as QGIS draws it."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setExtent(layer.extent())
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(MAGNIFIED * width, MAGNIFIED * height))
    settings.setBackgroundColor(QColor(*BACKGROUND))
    settings.setFlag(QgsMapSettings.Antialiasing, False)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage().convertToFormat(QImage.Format_RGB32)


def colours_of(image):
    """Red, green and blue in the middle of each pixel of the raster, `[row, column, channel]`."""
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    middle = slice(MAGNIFIED // 2, None, MAGNIFIED)
    return rows[middle, : image.width(), 2::-1][:, middle].astype(int)


def by_ramp(shader, values):
    """The colours that the items of a style give values."""
    items = shader.colorRampItemList()
    ends = np.array([item.value for item in items])
    colours = np.array([item.color.getRgb()[:3] for item in items], float)
    if shader.colorRampType() == QgsColorRampShader.Discrete:
        return colours[np.searchsorted(ends, values)]
    return np.stack([np.interp(values, ends, colours[:, channel]) for channel in range(3)], axis=-1)


def values_of(path, band):
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(band)
    values = band.ReadAsArray()
    nodata = band.GetNoDataValue()
    is_missing = np.isnan(values) if np.isnan(nodata) else values == nodata
    return dataset, band, values, is_missing


def classes_of(band):
    """Labels and colours that the file has, by code; none where it has no classes."""
    labels = {
        int(key.removeprefix("class_")): label
        for key, label in band.GetMetadata().items()
        if key.startswith("class_")
    }
    table = band.GetColorTable()
    return {code: (label, table.GetColorEntry(code)[:3]) for code, label in labels.items()}


def open_map(path, pictures):
    layer = QgsRasterLayer(str(path), path.stem)
    name = str(path)
    check(layer.isValid(), f"{name}: cannot be opened")
    renderer = layer.renderer()
    kind = type(renderer).__name__
    band_number = renderer.band() if hasattr(renderer, "band") else 1
    dataset, band, values, is_missing = values_of(path, band_number)
    expected = classes_of(band)
    image = drawn(layer, dataset.RasterXSize, dataset.RasterYSize)
    if expected or path.stem == "flags":
        check(kind == "QgsPalettedRasterRenderer", f"{name}: {kind}")
        shown = {int(c.value): (c.label, c.color.getRgb()[:3]) for c in renderer.classes()}
        if expected:
            check(shown == expected, f"{name}: shows {shown}, the file has {expected}")
        else:
            bits = {int(k.removeprefix("bit_")): v for k, v in band.GetMetadata().items() if k.startswith("bit_")}
            for code, (label, _) in shown.items():
                parts = [bits[bit] for bit in sorted(bits) if code & bit]
                check(label == (" + ".join(parts) or "nothing to tell"), f"{name}: {code} is {label!r}")
            there = set(np.unique(values[~is_missing]).tolist())
            check(there <= set(shown), f"{name}: {there - set(shown)} have no label")
        table = np.zeros((1 << 16, 3))
        for code, (_, colour) in shown.items():
            table[code] = colour
        right, tolerance = table[np.where(is_missing, 0, values).astype(int)], 0
    else:
        check(kind == "QgsSingleBandPseudoColorRenderer", f"{name}: {kind}")
        shader = renderer.shader().rasterShaderFunction()
        # QGIS rounds a part of a colour down.
        right, tolerance = by_ramp(shader, np.where(is_missing, 0, values)), 2
        # A map of few colours has lost its limits; that of a test may well have one.
        n_colours = len(np.unique(right[~is_missing].round(), axis=0))
        is_ramp = shader.colorRampType() == QgsColorRampShader.Interpolated
        n_values = len(np.unique(values[~is_missing]))
        check(not is_ramp or n_colours >= min(n_values, 20), f"{name}: {n_colours} colours for {n_values} values")
    compare(name, colours_of(image), values, is_missing, right, tolerance)
    check(not (is_missing.all()), f"{name}: all is missing")
    if pictures:
        image.scaled(480, 360).save(str(pictures / f"{path.parent.name}-{path.stem}.png"))
    return kind, bool(expected)


def compare(name, found, values, is_missing, right, tolerance):
    """Every pixel has the colour of its value, and none where it is missing."""
    right = np.where(is_missing[..., None], BACKGROUND, right)
    wrong = (np.abs(found - right) > tolerance).any(axis=-1).sum()
    check(wrong == 0, f"{name}: {wrong} pixels have another colour than their value")


def without_styles(paths):
    """Class maps alone, as a colleague gets them by mail: the file and what GDAL keeps beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            copy = Path(shutil.copy(path, folder))
            shutil.copy(f"{path}.aux.xml", folder)
            layer = QgsRasterLayer(str(copy), copy.stem)
            renderer = layer.renderer()
            kind = type(renderer).__name__
            check(kind == "QgsPalettedRasterRenderer", f"{path} without its style: {kind}")
            dataset = gdal.Open(str(copy))
            expected = classes_of(dataset.GetRasterBand(1))
            shown = {int(c.value): (c.label, c.color.getRgb()[:3]) for c in renderer.classes()}
            is_same = all(shown.get(code) == entry for code, entry in expected.items())
            check(is_same, f"{path} without its style: {shown}")
            del layer


def open_project(folder, maps, years):
    """The project of a folder that has been moved."""
    with tempfile.TemporaryDirectory() as elsewhere:
        moved = Path(elsewhere) / "moved"
        shutil.copytree(folder, moved)
        project = QgsProject.instance()
        check(project.read(str(moved / "project.qgz")), "project.qgz: cannot be read")
        layers = project.mapLayers().values()
        for layer in layers:
            check(layer.isValid(), f"project.qgz: {layer.name()} ({layer.source()}) is not valid")
            check(str(moved) in layer.source(), f"project.qgz: {layer.source()} is not in the moved folder")
        rasters = [layer for layer in layers if isinstance(layer, QgsRasterLayer)]
        sources = {layer.source() for layer in rasters}
        missing = {str(moved / path.relative_to(folder)) for path in maps} - sources
        check(not missing, f"project.qgz lacks {missing}")
        for layer in rasters:
            alone = QgsRasterLayer(layer.source(), "")
            check(type(alone.renderer()) is type(layer.renderer()), f"project.qgz: style of {layer.name()}")
            check(layer.crs() == alone.crs(), f"project.qgz: {layer.name()} is in {layer.crs().authid()}")
        zones_on_top(project, moved)
        times(rasters, years)
        record = json.loads((folder / "run.json").read_text())
        check(project.title() == record["study"], f"project.qgz: title {project.title()!r}")
        check(project.crs().authid() == record["crs"], f"project.qgz: CRS {project.crs().authid()!r}")
        whole = project.viewSettings().defaultViewExtent()
        check(not whole.isEmpty(), "project.qgz: no extent")
        time = project.timeSettings().temporalRange()
        ends = (time.begin().date().year(), time.end().date().year())
        check(ends == (years[0], years[-1]), f"project.qgz: time from {ends}")
        nodes = project.layerTreeRoot().findLayers()
        lost = [node.name() for node in nodes if node.layer() is None]
        check(not lost, f"project.qgz: nothing behind {lost}")
        shown = [node.name() for node in nodes if node.isVisible()]
        project.clear()
        return len(rasters), shown


def zones_on_top(project, moved):
    order = project.layerTreeRoot().layerOrder()
    sets = {feature["properties"]["set"] for feature in json.loads((moved / "tables/zones.geojson").read_text())["features"]}
    first = order[: len(sets)]
    check({layer.name() for layer in first} == sets, f"project.qgz: on top are {[layer.name() for layer in first]}")
    for layer in first:
        check(layer.featureCount() > 0, f"project.qgz: no zone in {layer.name()}")
        check({feature["set"] for feature in layer.getFeatures()} == {layer.name()}, f"zones of {layer.name()}")
        check(layer.crs().authid() == "EPSG:4326", f"project.qgz: {layer.name()} is in {layer.crs().authid()!r}")
        symbol = layer.renderer().symbol().symbolLayer(0)
        check(symbol.brushStyle() == 0, f"project.qgz: zones of {layer.name()} are filled")


def times(rasters, years):
    """Each year of a stack is a layer with that year as its time and that band."""
    of_stacks = [layer for layer in rasters if "/stacks/" in layer.source()]
    check(len(of_stacks) % len(years) == 0 and of_stacks, f"{len(of_stacks)} layers of years")
    for layer in of_stacks:
        time = layer.temporalProperties()
        year = int(layer.name().rsplit(" ", 1)[1])
        span = time.fixedTemporalRange()
        ends = (span.begin().date().toString("yyyy-MM-dd"), span.end().date().toString("yyyy-MM-dd"))
        check(time.isActive() and ends == (f"{year}-01-01", f"{year}-12-31"), f"{layer.name()}: time {ends}")
        band = layer.renderer().band()
        check(layer.bandName(band).endswith(str(year)), f"{layer.name()}: band {layer.bandName(band)}")


def main():
    folder = Path(sys.argv[1]).resolve()
    pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    maps = sorted(folder.glob("maps/**/*.tif")) + sorted(folder.glob("stacks/*.tif"))
    check(len(maps) > 20, f"{len(maps)} maps in {folder}")
    opened = {path: open_map(path, pictures) for path in maps}
    classes = [path for path, (_, has_classes) in opened.items() if has_classes]
    check(len(classes) >= 10, f"{len(classes)} maps of classes")
    without_styles(classes)
    first, last = json.loads((folder / "run.json").read_text())["years"]
    n_layers, shown = open_project(folder, maps, list(range(first, last + 1)))
    application.exitQgis()
    for fault in faults:
        print(f"QGIS: {fault}")
    print(f"QGIS {Qgis.QGIS_VERSION}: {len(maps)} maps, {len(classes)} of classes; {n_layers} layers in the project, shown {len(shown)}")
    sys.stdout.flush()
    # Qt may crash while Python takes it apart.
    os._exit(1 if faults else 0)


main()
