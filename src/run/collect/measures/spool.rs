//! A file that keeps picked pixels until all are known.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use super::pixels::Picked;

/// A file without a name in the folder of the outputs; the system removes it with the program.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    n_pieces: usize,
}

/// Bytes that the file is read and written by.
const BUFFER_BYTES: usize = 1 << 20;

impl Spool {
    /// An empty file in a folder.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(folder)?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            n_pieces: 0,
        })
    }

    /// Adds pixels.
    pub(super) fn push(&mut self, picked: &Picked) -> io::Result<()> {
        let Picked {
            group,
            class,
            block,
            weight_m2,
            noise,
            valid_years,
            series,
            covariates,
        } = picked;
        for column in [group, class, block] {
            self.write(bytemuck::cast_slice(column))?;
        }
        self.write(bytemuck::cast_slice(weight_m2))?;
        self.write(bytemuck::cast_slice(noise))?;
        self.write(bytemuck::cast_slice(valid_years))?;
        self.write(bytemuck::cast_slice(series))?;
        self.write(bytemuck::cast_slice(covariates))?;
        self.n_pieces += 1;
        Ok(())
    }

    /// Hands out what was added, piece by piece, from the beginning.
    pub(super) fn read(&mut self, mut take: impl FnMut(&Picked)) -> io::Result<()> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.rewind()?;
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, file);
        for _ in 0..self.n_pieces {
            let mut picked = Picked::default();
            let Picked {
                group,
                class,
                block,
                weight_m2,
                noise,
                valid_years,
                series,
                covariates,
            } = &mut picked;
            for column in [group, class, block] {
                read(&mut reader, column)?;
            }
            read(&mut reader, weight_m2)?;
            read(&mut reader, noise)?;
            read(&mut reader, valid_years)?;
            read(&mut reader, series)?;
            read(&mut reader, covariates)?;
            take(&picked);
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(&(bytes.len() as u64).to_le_bytes())?;
        self.file.write_all(bytes)
    }
}

/// Reads a column of any numbers.
fn read<T: bytemuck::Pod>(reader: &mut impl Read, column: &mut Vec<T>) -> io::Result<()> {
    let mut length = [0; size_of::<u64>()];
    reader.read_exact(&mut length)?;
    let bytes = usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?;
    column.resize(bytes / size_of::<T>(), T::zeroed());
    reader.read_exact(bytemuck::cast_slice_mut(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_as_often_as_asked_for() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let mut spool = Spool::create(folder.path())?;
        let pieces = [3, 0, 1].map(|n: u32| Picked {
            group: (0..n).collect(),
            class: vec![7; n as usize],
            block: (10..10 + n).collect(),
            weight_m2: vec![0.25; n as usize],
            noise: vec![1.5; n as usize],
            valid_years: vec![20; n as usize],
            series: (0..2 * n)
                .map(|x| if x == 0 { f32::NEG_INFINITY } else { 0.5 })
                .collect(),
            covariates: vec![-1.0; n as usize],
        });
        for picked in &pieces {
            spool.push(picked)?;
        }
        for _ in 0..2 {
            let mut read = Vec::new();
            spool.read(|picked| read.push(picked.clone()))?;
            assert_eq!(read, pieces);
        }
        Ok(())
    }
}
