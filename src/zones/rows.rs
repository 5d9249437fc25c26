//! The zones of each row of the grid, as runs where runs are short to write.

use crate::grid::Window;
use crate::zones::part::{NO_ZONE, Part};

/// Columns of a row that one zone has: from the first to before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: u32,
    pub(super) end: u32,
    pub(super) zone: u32,
}

/// A part of the pixel of a column that a zone covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ColumnPart {
    pub(super) col: u32,
    pub(super) zone: u32,
    pub(super) share: f64,
}

/// How the codes of a row are stored: whatever takes the least memory.
#[derive(Clone, Copy, Debug)]
enum Stored {
    /// From this span to before that one; no zone between them.
    Spans(usize, usize),
    /// A byte a pixel, from here on.
    Bytes(usize),
    /// Two bytes a pixel, from here on.
    Words(usize),
}

/// The zones of all rows. A pixel has one code, and parts where several zones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct ZoneRows {
    width: usize,
    rows: Vec<Stored>,
    spans: Vec<Span>,
    bytes: Vec<u8>,
    words: Vec<u16>,
    parts: Vec<ColumnPart>,
    /// Where the parts of each row end.
    part_ends: Vec<usize>,
    /// The number of each zone, where rows hold other numbers.
    renamed: Option<Vec<u32>>,
}

impl ZoneRows {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// Adds the next row: spans that rise and do not overlap, and parts by column.
    pub(super) fn push(&mut self, spans: &[Span], parts: &[ColumnPart]) {
        let largest = spans.iter().map(|span| span.zone).max().unwrap_or(0);
        let bytes_of_spans = size_of_val(spans);
        let stored = if largest < u32::from(u8::MAX) && self.width < bytes_of_spans {
            let start = self.bytes.len();
            self.bytes.resize(start + self.width, u8::MAX);
            for span in spans {
                let zone = u8::try_from(span.zone).unwrap_or(u8::MAX);
                self.bytes[start..][span.first as usize..span.end as usize].fill(zone);
            }
            Stored::Bytes(start)
        } else if largest < u32::from(u16::MAX) && 2 * self.width < bytes_of_spans {
            let start = self.words.len();
            self.words.resize(start + self.width, u16::MAX);
            for span in spans {
                let zone = u16::try_from(span.zone).unwrap_or(u16::MAX);
                self.words[start..][span.first as usize..span.end as usize].fill(zone);
            }
            Stored::Words(start)
        } else {
            let start = self.spans.len();
            self.spans.extend_from_slice(spans);
            Stored::Spans(start, self.spans.len())
        };
        self.rows.push(stored);
        self.parts.extend_from_slice(parts);
        self.part_ends.push(self.parts.len());
    }

    /// Adds the next row by its codes.
    pub(super) fn push_codes(&mut self, codes: &[u32], parts: &[ColumnPart]) {
        let mut spans: Vec<Span> = Vec::new();
        let mut col = 0;
        for run in codes.chunk_by(|a, b| a == b) {
            let end = col + to_u32(run.len());
            if run[0] != NO_ZONE {
                spans.push(Span {
                    first: col,
                    end,
                    zone: run[0],
                });
            }
            col = end;
        }
        self.push(&spans, parts);
    }

    /// Gives zones other numbers: zone `i` becomes `numbers[i]`.
    pub(super) fn rename(&mut self, numbers: Vec<u32>) {
        self.renamed = Some(numbers);
    }

    /// Writes the codes of a window, and adds the parts of its pixels.
    pub(super) fn read(&self, window: Window, codes: &mut [u32], parts: &mut Vec<Part>) {
        let named = |zone: u32| {
            let renamed = self.renamed.as_ref();
            renamed.map_or(zone, |numbers| {
                numbers.get(zone as usize).copied().unwrap_or(NO_ZONE)
            })
        };
        let end = window.col + window.width;
        for (i, codes) in codes.chunks_mut(window.width.max(1)).enumerate() {
            let row = window.row + i;
            codes.fill(NO_ZONE);
            match self.rows.get(row) {
                Some(&Stored::Bytes(start)) => {
                    let stored = self.bytes[start..start + self.width].iter();
                    for (code, &zone) in codes.iter_mut().zip(stored.skip(window.col)) {
                        if zone != u8::MAX {
                            *code = named(zone.into());
                        }
                    }
                }
                Some(&Stored::Words(start)) => {
                    let stored = self.words[start..start + self.width].iter();
                    for (code, &zone) in codes.iter_mut().zip(stored.skip(window.col)) {
                        if zone != u16::MAX {
                            *code = named(zone.into());
                        }
                    }
                }
                Some(&Stored::Spans(from, to)) => {
                    let spans = &self.spans[from..to];
                    let first = spans.partition_point(|span| span.end as usize <= window.col);
                    for span in &spans[first..] {
                        let (a, b) = (span.first as usize, span.end as usize);
                        if a >= end {
                            break;
                        }
                        codes[a.max(window.col) - window.col..b.min(end) - window.col]
                            .fill(named(span.zone));
                    }
                }
                None => {}
            }
            for part in self.parts_of(row, window.col, end) {
                parts.push(Part {
                    pixel: to_u32(i * window.width + part.col as usize - window.col),
                    zone: named(part.zone),
                    share: part.share,
                });
            }
        }
    }

    /// The parts in some columns of a row.
    fn parts_of(&self, row: usize, col: usize, end: usize) -> &[ColumnPart] {
        let Some(&to) = self.part_ends.get(row) else {
            return &[];
        };
        let from = row.checked_sub(1).map_or(0, |above| self.part_ends[above]);
        let parts = &self.parts[from..to];
        let first = parts.partition_point(|part| (part.col as usize) < col);
        let last = parts.partition_point(|part| (part.col as usize) < end);
        &parts[first..last]
    }

    /// Pixels that each of some zones has, or has a part of.
    pub(super) fn pixels(&self, n_zones: usize) -> Vec<u64> {
        let mut stored = vec![0_u64; n_zones.max(self.renamed.as_ref().map_or(0, Vec::len))];
        let mut add = |zone: usize, n: u64| {
            if let Some(pixels) = stored.get_mut(zone) {
                *pixels += n;
            }
        };
        for span in &self.spans {
            add(span.zone as usize, u64::from(span.end - span.first));
        }
        self.bytes
            .iter()
            .for_each(|&zone| add(zone.into(), u64::from(zone != u8::MAX)));
        self.words
            .iter()
            .for_each(|&zone| add(zone.into(), u64::from(zone != u16::MAX)));
        self.parts
            .iter()
            .for_each(|part| add(part.zone as usize, 1));
        let Some(numbers) = &self.renamed else {
            return stored;
        };
        let mut pixels = vec![0; n_zones];
        for (&zone, n) in numbers.iter().zip(stored) {
            if let Some(pixels) = pixels.get_mut(zone as usize) {
                *pixels += n;
            }
        }
        pixels
    }

    /// Bytes of what it holds: of what it keeps once it is made.
    pub(super) fn used_bytes(&self) -> usize {
        size_of_val(&self.rows[..])
            + size_of_val(&self.spans[..])
            + self.bytes.len()
            + size_of_val(&self.words[..])
            + size_of_val(&self.parts[..])
            + size_of_val(&self.part_ends[..])
    }

    /// Bytes that it keeps in memory.
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Stored>()
            + self.spans.capacity() * size_of::<Span>()
            + self.bytes.capacity()
            + self.words.capacity() * size_of::<u16>()
            + self.parts.capacity() * size_of::<ColumnPart>()
            + self.part_ends.capacity() * size_of::<usize>()
    }

    /// Gives back memory that is not used.
    pub(super) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.bytes.shrink_to_fit();
        self.words.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.part_ends.shrink_to_fit();
    }
}

/// Columns and pixels of a window are far below 2^32.
pub(super) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of runs, one that changes at every pixel, and one with more than 255 zones.
    #[test]
    fn every_way_of_storing_a_row_gives_its_codes_back() {
        let width = 700;
        let rows: [Vec<u32>; 4] = [
            (0..width)
                .map(|col| if col < 400 { 7 } else { NO_ZONE })
                .collect(),
            (0..width)
                .map(|col| if col % 5 == 0 { NO_ZONE } else { col % 3 })
                .collect(),
            (0..width)
                .map(|col| if col % 5 == 0 { NO_ZONE } else { col })
                .collect(),
            (0..width).map(|col| 70_000 + col).collect(),
        ];
        let mut stored = ZoneRows::new(width as usize);
        let part = ColumnPart {
            col: 399,
            zone: 3,
            share: 0.25,
        };
        for row in &rows {
            stored.push_codes(row, &[part]);
        }
        assert!(matches!(stored.rows[0], Stored::Spans(..)));
        assert!(matches!(stored.rows[1], Stored::Bytes(_)));
        assert!(matches!(stored.rows[2], Stored::Words(_)));
        assert!(matches!(stored.rows[3], Stored::Spans(..)));
        let window = Window {
            row: 0,
            col: 398,
            height: 4,
            width: 5,
        };
        let (mut codes, mut parts) = (vec![0; 20], Vec::new());
        stored.read(window, &mut codes, &mut parts);
        for (row, codes) in rows.iter().zip(codes.chunks(5)) {
            assert_eq!(row[398..403], *codes);
        }
        let pixels: Vec<u32> = parts.iter().map(|part| part.pixel).collect();
        assert_eq!(pixels, [1, 6, 11, 16]);
    }

    #[test]
    fn other_numbers_are_given_when_rows_are_read() {
        let mut stored = ZoneRows::new(3);
        stored.push_codes(&[0, 1, NO_ZONE], &[]);
        stored.rename(vec![300, 5]);
        let window = Window {
            row: 0,
            col: 0,
            height: 1,
            width: 3,
        };
        let (mut codes, mut parts) = (vec![0; 3], Vec::new());
        stored.read(window, &mut codes, &mut parts);
        assert_eq!(codes, [300, 5, NO_ZONE]);
    }
}
