//! Truncated files that GDAL silently fills with zeros: classic netCDF and ENVI.
//!
//! Every other format that was tried (`GeoTIFF`, HDF5, ASCII grid, `EHdr`, PNG, GRIB ...) fails on
//! reading, as it should.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// A header larger than this is not read; files have kilobytes.
const MAX_HEADER_BYTES: u64 = 64 << 20;

/// Bytes that a classic netCDF file must have by its header; `None` for any other file, and for
/// invalid headers, which the netCDF library refuses.
pub(crate) fn expected_netcdf_bytes(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut start = [0; 4];
    file.read_exact(&mut start).ok()?;
    let [b'C', b'D', b'F', version @ (1 | 2 | 5)] = start else {
        return None;
    };
    let mut header = Vec::new();
    file.take(MAX_HEADER_BYTES).read_to_end(&mut header).ok()?;
    Header {
        bytes: &header,
        version,
    }
    .expected_bytes()
}

/// The rest of a header, after the four bytes of its magic number.
struct Header<'a> {
    bytes: &'a [u8],
    /// 1: 32-bit offsets, 2: 64-bit offsets, 5: everything 64-bit.
    version: u8,
}

impl<'a> Header<'a> {
    fn expected_bytes(mut self) -> Option<u64> {
        // Written as a stream: the number of records is unknown.
        let is_stream = |n: u64| n == u64::from(u32::MAX) || n == u64::MAX;
        let n_records = Some(self.count()?).filter(|n| !is_stream(*n)).unwrap_or(0);
        let lengths = self.list(0x0a, |header| {
            header.text()?;
            header.count()
        })?;
        self.attributes()?;
        let variables = self.list(0x0b, |header| header.variable(&lengths))?;
        let of_records = variables.iter().filter(|v| v.is_record);
        let record = match of_records.clone().count() {
            // The only one is not padded.
            1 => of_records.clone().map(|v| v.bytes).sum(),
            _ => of_records.clone().try_fold(0_u64, |sum, v| {
                sum.checked_add(v.bytes.checked_next_multiple_of(4)?)
            })?,
        };
        let end = |v: &Variable| {
            let before = if v.is_record {
                record.checked_mul(n_records.checked_sub(1)?)?
            } else {
                0
            };
            v.begin.checked_add(before)?.checked_add(v.bytes)
        };
        Some(variables.iter().filter_map(end).max().unwrap_or(0))
    }

    fn variable(&mut self, lengths: &[u64]) -> Option<Variable> {
        self.text()?;
        let n_dimensions = self.count()?;
        let mut values = 1_u64;
        let mut is_record = false;
        for index in 0..n_dimensions {
            let dimension = usize::try_from(self.count()?).ok()?;
            // A length of 0 is that of records, and comes first.
            match *lengths.get(dimension)? {
                0 if index == 0 => is_record = true,
                length => values = values.checked_mul(length)?,
            }
        }
        self.attributes()?;
        let bytes = values.checked_mul(size_of_type(self.u32()?)?)?;
        // Its size as written may have overflowed.
        self.count()?;
        let begin = if self.version == 1 {
            u64::from(self.u32()?)
        } else {
            self.u64()?
        };
        Some(Variable {
            is_record,
            bytes,
            begin,
        })
    }

    fn attributes(&mut self) -> Option<()> {
        self.list(0x0c, |header| {
            header.text()?;
            let size = size_of_type(header.u32()?)?;
            let bytes = header.count()?.checked_mul(size)?;
            header.skip(bytes)
        })?;
        Some(())
    }

    /// The items of a list; an absent one has none.
    fn list<T>(
        &mut self,
        tag: u32,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let (found, n) = (self.u32()?, self.count()?);
        if found != tag && (found, n) != (0, 0) {
            return None;
        }
        let mut items = Vec::new();
        for _ in 0..n {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn text(&mut self) -> Option<()> {
        let bytes = self.count()?;
        self.skip(bytes)
    }

    /// Passes so many bytes, padded to a multiple of four.
    fn skip(&mut self, bytes: u64) -> Option<()> {
        let bytes = usize::try_from(bytes).ok()?.checked_next_multiple_of(4)?;
        self.bytes = self.bytes.get(bytes..)?;
        Some(())
    }

    fn count(&mut self) -> Option<u64> {
        if self.version == 5 {
            self.u64()
        } else {
            self.u32().map(u64::from)
        }
    }

    fn u32(&mut self) -> Option<u32> {
        let (value, rest) = self.bytes.split_first_chunk::<4>()?;
        self.bytes = rest;
        Some(u32::from_be_bytes(*value))
    }

    fn u64(&mut self) -> Option<u64> {
        let (value, rest): (&'a [u8; 8], _) = self.bytes.split_first_chunk::<8>()?;
        self.bytes = rest;
        Some(u64::from_be_bytes(*value))
    }
}

/// The position of a variable in the file.
struct Variable {
    is_record: bool,
    /// Of all its values, or of those of one record.
    bytes: u64,
    begin: u64,
}

/// Bytes of a value of one of netCDF's types.
fn size_of_type(number: u32) -> Option<u64> {
    match number {
        1 | 2 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 5 | 9 => Some(4),
        6 | 10 | 11 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u32]) -> Vec<u8> {
        let mut bytes = b"CDF\x01".to_vec();
        bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        bytes
    }

    fn expected(file: &[u8]) -> Option<u64> {
        let path = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(path.path(), file).expect("written");
        expected_netcdf_bytes(path.path())
    }

    /// By the format's definition: dimension `x` of 3, record dimension `t` with 5 records, `a(x)`
    /// short at 200, `b(t, x)` short at 208.
    fn header(n_of_records: u32) -> Vec<u8> {
        let name = |c: u8| [1, u32::from_be_bytes([c, 0, 0, 0])];
        let mut words = vec![5, 0x0a, 2];
        words.extend(name(b'x'));
        words.push(3);
        words.extend(name(b't'));
        words.push(0);
        // One attribute of five bytes.
        words.extend([0x0c, 1]);
        words.extend(name(b'n'));
        words.extend([2, 5, 0, 0]);
        words.extend([0x0b, 1 + n_of_records]);
        words.extend(name(b'a'));
        words.extend([1, 0, 0, 0, 3, 8, 200]);
        for n in 0..n_of_records {
            words.extend(name(b'b'));
            words.extend([2, 1, 0, 0, 0, 3, 8, 208 + 8 * n]);
        }
        bytes(&words)
    }

    #[test]
    fn the_size_follows_from_the_header() {
        assert_eq!(expected(&header(0)), Some(206));
        // Alone, a record of three shorts is 6 bytes; with another, 8 each.
        assert_eq!(expected(&header(1)), Some(208 + 4 * 6 + 6));
        assert_eq!(expected(&header(2)), Some(216 + 4 * 16 + 6));
    }

    #[test]
    fn other_files_and_broken_headers_have_no_expected_size() {
        let whole = header(2);
        for n in 0..whole.len() {
            assert_eq!(expected(&whole[..n]), None, "{n}");
        }
        assert_eq!(expected(b"II*\0 and more"), None);
        assert_eq!(expected(&bytes(&[u32::MAX; 64])), None);
    }
}
