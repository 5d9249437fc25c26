//! The zones of a raster on a grid of its own by the shares of its cells in each pixel.
//!
//! The corners of a pixel are brought to the raster's grid, and the four-cornered shape between them is cut by
//! its cells. Where both grids have one reference system that is exact; elsewhere corners are right to 0.002
//! cells, as positions of all inputs are.

use rayon::prelude::*;

use crate::grid::{Grid, Window};
use crate::sources::{CellWindow, CodeRaster, Locator, SourceGrid};
use crate::zones::codes::Codes;
use crate::zones::cover::Cover;
use crate::zones::edges::{Point, floor, to_f64};
use crate::zones::part::NO_ZONE;
use crate::zones::rows::{ColumnPart, ZoneRows, to_u32};

/// Cells that are read at a time, about.
const MOST_CELLS: f64 = 4e6;

/// Pixels that are done at a time, at most each way.
const MOST_SIDE: usize = 256;

/// Shares of all cells of one zone this near to 1 are the whole pixel.
const NEAR: f64 = 1e-9;

/// The shares of the cells of one raster in the pixels of a grid.
pub(super) struct CellShares<'a> {
    raster: &'a CodeRaster,
    source: &'a SourceGrid,
    grid: &'a Grid,
    /// From the corners of pixels to cells.
    corners: Locator,
    /// Columns of 360 degrees, on a raster of longitudes.
    turn: Option<f64>,
    /// Rows and columns of pixels that are done at a time.
    side: usize,
}

impl<'a> CellShares<'a> {
    pub(super) fn new(
        raster: &'a CodeRaster,
        source: &'a SourceGrid,
        grid: &'a Grid,
    ) -> Result<Self, String> {
        // A grid whose centres are the corners of the study's pixels.
        let (x, y) = grid.coordinates_of(-0.5, -0.5);
        let mut shifted = grid.clone();
        (shifted.transform[0], shifted.transform[3]) = (x, y);
        shifted.width += 1;
        shifted.height += 1;
        let corners = Locator::new(&shifted, &source.grid)?;
        let cells: f64 = corners
            .cells_per_pixel()
            .iter()
            .map(|n| n.max(1.0))
            .product();
        let turn = if source.is_round {
            Some(to_f64(source.grid.width))
        } else {
            corners.turn()
        };
        let side = floor((MOST_CELLS / cells).sqrt()).clamp(1, MOST_SIDE);
        Ok(Self {
            raster,
            source,
            grid,
            corners,
            turn,
            side,
        })
    }

    /// The rows of the whole grid, or the first of them that take more than `room` bytes.
    pub(super) fn rows(&self, codes: &mut Codes, room: usize) -> Result<ZoneRows, String> {
        let mut rows = ZoneRows::new(self.grid.width);
        for row in (0..self.grid.height).step_by(self.side) {
            let height = self.side.min(self.grid.height - row);
            let mut strip: Vec<(Vec<u32>, Vec<ColumnPart>)> = vec![Default::default(); height];
            for col in (0..self.grid.width).step_by(self.side) {
                let window = Window {
                    row,
                    col,
                    height,
                    width: self.side.min(self.grid.width - col),
                };
                self.window(window, codes, &mut strip)?;
            }
            for (codes, parts) in &strip {
                rows.push_codes(codes, parts);
            }
            if codes.check().is_err() || rows.used_bytes() > room {
                break;
            }
        }
        Ok(rows)
    }

    /// Adds the zones of a window to the rows of its strip.
    fn window(
        &self,
        window: Window,
        codes: &mut Codes,
        strip: &mut [(Vec<u32>, Vec<ColumnPart>)],
    ) -> Result<(), String> {
        let corners = self.corners_of(window);
        let Some(cells) = self.cells_of(&corners) else {
            for (codes, _) in strip {
                codes.resize(window.col + window.width, NO_ZONE);
            }
            return Ok(());
        };
        let mut stored = Vec::new();
        self.raster.read_cells(cells, &mut stored)?;
        let zones: Vec<u32> = stored.iter().map(|&x| codes.zone_of(x)).collect();
        let patch = Patch {
            cells,
            zones: &zones,
        };
        let turn = self.turn;
        strip
            .par_iter_mut()
            .enumerate()
            .for_each(|(row, (codes, parts))| {
                let mut cover = Cover::new(cells.width);
                let mut shares = Vec::new();
                for col in 0..window.width {
                    let at = row * (window.width + 1) + col;
                    let below = at + window.width + 1;
                    let mut pixel = [
                        corners[at],
                        corners[at + 1],
                        corners[below + 1],
                        corners[below],
                    ];
                    let [first, others @ ..] = &mut pixel;
                    for corner in others {
                        bring_near(corner, *first, turn);
                    }
                    patch.shares(pixel, &mut cover, &mut shares);
                    let col = to_u32(window.col + col);
                    match shares.as_slice() {
                        [(zone, share)] if *share > 1.0 - NEAR => codes.push(*zone),
                        _ => {
                            codes.push(NO_ZONE);
                            parts.extend(shares.iter().map(|&(zone, share)| ColumnPart {
                                col,
                                zone,
                                share,
                            }));
                        }
                    }
                }
            });
        Ok(())
    }

    /// The corners of the pixels of a window, in columns and rows of cells; side by side on a raster around the globe.
    fn corners_of(&self, window: Window) -> Vec<Point> {
        let of_corners = Window {
            height: window.height + 1,
            width: window.width + 1,
            ..window
        };
        let located = self.corners.locate(of_corners);
        let mut corners: Vec<Point> = located.x_y.iter().map(|&(x, y)| [x, y]).collect();
        if self.source.is_round {
            for at in 1..corners.len() {
                let before = if at % of_corners.width == 0 {
                    at - of_corners.width
                } else {
                    at - 1
                };
                let before = corners[before];
                bring_near(&mut corners[at], before, self.turn);
            }
        }
        corners
    }

    /// The cells that pixels with these corners need; `None` where there are none.
    fn cells_of(&self, corners: &[Point]) -> Option<CellWindow> {
        let (width, height) = (self.source.grid.width, self.source.grid.height);
        let range = |axis: usize| {
            let along = corners.iter().map(|corner| corner[axis]);
            along
                .filter(|x| x.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                    (low.min(x), high.max(x))
                })
        };
        let ((left, right), (top, bottom)) = (range(0), range(1));
        let (top, bottom) = (top.max(0.0), bottom.min(to_f64(height)));
        let (left, right) = if self.source.is_round {
            (left, right)
        } else {
            (left.max(0.0), right.min(to_f64(width)))
        };
        if left >= right || top >= bottom {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "columns of a raster, or a turn beside them"
        )]
        let col = left.floor() as isize;
        Some(CellWindow {
            row: floor(top),
            col,
            height: floor(bottom.ceil()) - floor(top),
            width: floor(right.ceil() - left.floor()),
        })
    }
}

/// Moves a corner by whole turns around the globe, to half a turn from another at most.
fn bring_near(corner: &mut Point, other: Point, turn: Option<f64>) {
    if let Some(turn) = turn {
        let turns = ((corner[0] - other[0]) / turn).round();
        if turns.is_finite() {
            corner[0] -= turn * turns;
        }
    }
}

/// Cells with their zones.
struct Patch<'a> {
    cells: CellWindow,
    zones: &'a [u32],
}

impl Patch<'_> {
    /// The share of a pixel that each zone has, from the columns and rows of its corners, one after the other around it.
    fn shares(&self, pixel: [Point; 4], cover: &mut Cover, shares: &mut Vec<(u32, f64)>) {
        shares.clear();
        let area = area_of(&pixel);
        if !area.is_finite() || area == 0.0 {
            return;
        }
        let left = to_f64_signed(self.cells.col);
        let rows = pixel.map(|corner| corner[1]);
        let top = rows.into_iter().fold(f64::INFINITY, f64::min);
        let bottom = rows.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let first = floor(top).max(self.cells.row);
        let end = floor(bottom.ceil()).min(self.cells.row + self.cells.height);
        for row in first..end {
            let (from, to) = (to_f64(row), to_f64(row + 1));
            for i in 0..4 {
                let (a, b) = (pixel[i], pixel[(i + 1) % 4]);
                let (upper, lower) = if a[1] < b[1] { (a, b) } else { (b, a) };
                let (y0, y1) = (upper[1].max(from), lower[1].min(to));
                if y0 >= y1 {
                    continue;
                }
                let x_at = |y: f64| {
                    let along = (y - upper[1]) / (lower[1] - upper[1]);
                    upper[0] + along * (lower[0] - upper[0]) - left
                };
                // Downwards and upwards have opposite signs; so has the area, by the way around the pixel.
                let height = if a[1] < b[1] { y1 - y0 } else { y0 - y1 };
                cover.add(x_at(y0), x_at(y1), -height * area.signum());
            }
            let zones = &self.zones[(row - self.cells.row) * self.cells.width..];
            cover.finish(|first, end, share| {
                for &zone in zones[first..end].iter().filter(|zone| **zone != NO_ZONE) {
                    let share = share / area.abs();
                    match shares.iter_mut().find(|(known, _)| *known == zone) {
                        Some((_, sum)) => *sum += share,
                        None => shares.push((zone, share)),
                    }
                }
            });
        }
        shares.sort_unstable_by_key(|(zone, _)| *zone);
    }
}

/// The area of a shape, by the way around it above or below 0.
fn area_of(corners: &[Point; 4]) -> f64 {
    let [a, b, c, d] = corners;
    0.5 * ((c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1]))
}

#[expect(clippy::cast_precision_loss, reason = "columns are far below 2^52")]
fn to_f64_signed(n: isize) -> f64 {
    n as f64
}
