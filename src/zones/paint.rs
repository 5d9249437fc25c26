//! From outlines to the rows of a set.

use rayon::prelude::*;

use crate::grid::CellRule;
use crate::zones::centres::columns_inside;
use crate::zones::cover::Cover;
use crate::zones::edges::{Edge, each_row};
use crate::zones::part::NO_ZONE;
use crate::zones::rows::{ColumnPart, Span, ZoneRows, to_u32};
use crate::zones::sweep::Sweep;

/// Shares of a pixel above this sum overlap.
const MOST_SHARES: f64 = 1.0 + 1e-6;

/// What is worked through at once: a feature by the rule of centres, all features of a zone by that of fractions.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) zone: u32,
    pub(super) n_features: usize,
    pub(super) edges: Vec<Edge>,
}

/// The rows of a set, and what was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Painted {
    pub(super) rows: ZoneRows,
    /// Pixels that more than one zone has.
    pub(super) claimed_twice: u64,
    /// Features whose outline crosses itself.
    pub(super) mended: usize,
}

/// What outlines have of each row, in their order.
#[derive(Default)]
struct Claims {
    /// The row, and the columns that a zone has as a whole.
    spans: Vec<(u32, Span)>,
    parts: Vec<(u32, ColumnPart)>,
    mended: usize,
}

/// The rows of a grid of `width` columns and `height` rows. Where outlines overlap the later one has a pixel by its
/// centre; by fractions both have their parts.
pub(super) fn paint(
    outlines: Vec<Outline>,
    rule: CellRule,
    [width, height]: [usize; 2],
) -> Painted {
    let claims: Vec<Claims> = outlines
        .into_par_iter()
        .map(|outline| claims_of(outline, rule, width, height))
        .collect();
    let mut all = Claims::default();
    for mut claims in claims {
        all.spans.append(&mut claims.spans);
        all.parts.append(&mut claims.parts);
        all.mended += claims.mended;
    }
    // Both sorts keep the order of outlines.
    all.spans.par_sort_by_key(|(row, _)| *row);
    all.parts
        .par_sort_by_key(|(row, part)| (*row, part.col, part.zone));
    let mut painter = Painter::new(rule, width);
    let (mut spans, mut parts) = (all.spans.as_slice(), all.parts.as_slice());
    for row in 0..to_u32(height) {
        let (spans_here, later) = spans.split_at(spans.partition_point(|(at, _)| *at <= row));
        let (parts_here, parts_later) = parts.split_at(parts.partition_point(|(at, _)| *at <= row));
        painter.row(spans_here, parts_here);
        (spans, parts) = (later, parts_later);
    }
    painter.rows.shrink();
    Painted {
        rows: painter.rows,
        claimed_twice: painter.claimed_twice,
        mended: all.mended,
    }
}

fn claims_of(mut outline: Outline, rule: CellRule, width: usize, height: usize) -> Claims {
    let mut claims = Claims::default();
    let mut sweep = Sweep::new(outline.n_features);
    let mut cover = Cover::new(width);
    let mut crossings = Vec::new();
    let zone = outline.zone;
    each_row(&mut outline.edges, height, |row, edges| {
        sweep.row(row, edges, &mut cover);
        let row_number = to_u32(row);
        let (spans, parts) = (&mut claims.spans, &mut claims.parts);
        let mut span = |first: usize, end: usize| {
            let (first, end) = (to_u32(first), to_u32(end));
            match spans.last_mut() {
                Some((at, last)) if *at == row_number && last.end == first => last.end = end,
                _ => spans.push((row_number, Span { first, end, zone })),
            }
        };
        if rule == CellRule::Centre {
            cover.finish(|_, _, _| {});
            columns_inside(row, edges, width, &mut crossings, span);
            return;
        }
        cover.finish(|first, end, share| {
            if share == 1.0 {
                span(first, end);
                return;
            }
            parts.extend((first..end).map(|col| {
                let col = to_u32(col);
                (row_number, ColumnPart { col, zone, share })
            }));
        });
    });
    claims.mended = sweep.crossed().iter().filter(|crossed| **crossed).count();
    claims
}

/// Puts rows together.
struct Painter {
    rule: CellRule,
    rows: ZoneRows,
    claimed_twice: u64,
    spans: Vec<Span>,
    parts: Vec<ColumnPart>,
    codes: Vec<u32>,
    is_twice: Vec<bool>,
}

impl Painter {
    fn new(rule: CellRule, width: usize) -> Self {
        Self {
            rule,
            rows: ZoneRows::new(width),
            claimed_twice: 0,
            spans: Vec::new(),
            parts: Vec::new(),
            codes: vec![NO_ZONE; width],
            is_twice: vec![false; width],
        }
    }

    fn row(&mut self, spans: &[(u32, Span)], parts: &[(u32, ColumnPart)]) {
        self.parts.clear();
        self.parts.extend(parts.iter().map(|(_, part)| *part));
        self.spans.clear();
        self.spans.extend(spans.iter().map(|(_, span)| *span));
        let before = self.spans.clone();
        self.spans.sort_by_key(|span| span.first);
        let overlap = self
            .spans
            .windows(2)
            .any(|pair| pair[1].first < pair[0].end);
        if overlap {
            match self.rule {
                CellRule::Centre => self.later_wins(&before),
                CellRule::Fraction => self.all_count(&before),
            }
        } else {
            if self.rule == CellRule::Fraction {
                self.part_the_spans();
            }
            self.rows.push(&self.spans, &self.parts);
        }
        self.count_parts();
    }

    /// Spans in the order of features.
    fn later_wins(&mut self, spans: &[Span]) {
        self.codes.fill(NO_ZONE);
        self.is_twice.fill(false);
        for span in spans {
            for col in span.first as usize..span.end as usize {
                let code = &mut self.codes[col];
                let is_new = *code != NO_ZONE && *code != span.zone && !self.is_twice[col];
                if is_new {
                    self.is_twice[col] = true;
                    self.claimed_twice += 1;
                }
                *code = span.zone;
            }
        }
        self.rows.push_codes(&self.codes, &[]);
    }

    /// Spans of several zones that overlap: such pixels have a whole part of each.
    fn all_count(&mut self, spans: &[Span]) {
        self.codes.fill(NO_ZONE);
        self.is_twice.fill(false);
        for span in spans {
            for col in span.first as usize..span.end as usize {
                if self.codes[col] != NO_ZONE {
                    self.is_twice[col] = true;
                }
                self.codes[col] = span.zone;
            }
        }
        for part in &self.parts {
            self.is_twice[part.col as usize] = true;
        }
        for span in spans {
            for col in span.first..span.end {
                if self.is_twice[col as usize] {
                    self.codes[col as usize] = NO_ZONE;
                    self.parts.push(whole(col, span.zone));
                }
            }
        }
        self.parts.sort_by_key(|part| (part.col, part.zone));
        self.rows.push_codes(&self.codes, &self.parts);
    }

    /// Where a zone has a part of a pixel that another one has as a whole, the pixel becomes parts.
    fn part_the_spans(&mut self) {
        let mut cut = Vec::new();
        let mut next = 0;
        for part in &self.parts {
            while self
                .spans
                .get(next)
                .is_some_and(|span| span.end <= part.col)
            {
                next += 1;
            }
            if let Some(span) = self.spans.get(next).filter(|span| span.first <= part.col)
                && cut.last().is_none_or(|&(col, _)| col != part.col)
            {
                cut.push((part.col, span.zone));
            }
        }
        if cut.is_empty() {
            return;
        }
        self.parts
            .extend(cut.iter().map(|&(col, zone)| whole(col, zone)));
        self.parts.sort_by_key(|part| (part.col, part.zone));
        let mut cut = cut.into_iter().map(|(col, _)| col).peekable();
        let mut left = Vec::new();
        for span in &self.spans {
            let mut first = span.first;
            while let Some(col) = cut.next_if(|&col| col < span.end) {
                left.push(Span {
                    first,
                    end: col,
                    ..*span
                });
                first = col + 1;
            }
            left.push(Span { first, ..*span });
        }
        left.retain(|span| span.first < span.end);
        self.spans = left;
    }

    /// Counts the pixels of which zones have more than all.
    fn count_parts(&mut self) {
        for pixel in self.parts.chunk_by(|a, b| a.col == b.col) {
            let shares: f64 = pixel.iter().map(|part| part.share).sum();
            self.claimed_twice += u64::from(shares > MOST_SHARES);
        }
    }
}

fn whole(col: u32, zone: u32) -> ColumnPart {
    ColumnPart {
        col,
        zone,
        share: 1.0,
    }
}
