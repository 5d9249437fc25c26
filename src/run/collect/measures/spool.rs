//! A file that keeps picked pixels until all are known.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::sinks::{Checksum, Summed};

use super::pixels::Picked;

/// A file among those that a run needs until its end.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    n_pieces: usize,
    n_bytes: u64,
    sum: Checksum,
}

/// How far a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct SpoolState {
    n_pieces: usize,
    n_bytes: u64,
    /// Of all bytes.
    checksum: u32,
}

/// Bytes that the file is read and written by.
const BUFFER_BYTES: usize = 1 << 20;

impl Spool {
    /// An empty file.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(true);
        Ok(Self::of(options.open(path)?, SpoolState::default()))
    }

    /// A file that was written so far, without what is behind.
    pub(super) fn resume(path: &Path, state: SpoolState) -> io::Result<Self> {
        let mut file = File::options().read(true).write(true).open(path)?;
        let found = file.metadata()?.len();
        if found < state.n_bytes {
            let text = format!(
                "{} has {found} bytes in place of {}",
                path.display(),
                state.n_bytes
            );
            return Err(io::Error::other(text));
        }
        file.set_len(state.n_bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self::of(file, state))
    }

    fn of(file: File, state: SpoolState) -> Self {
        Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            n_pieces: state.n_pieces,
            n_bytes: state.n_bytes,
            sum: Checksum::of_written(state.checksum, state.n_bytes),
        }
    }

    /// How far the file is written, once all that was added is in it.
    pub(super) fn state(&mut self, is_durable: bool) -> io::Result<SpoolState> {
        self.file.flush()?;
        if is_durable {
            self.file.get_ref().sync_data()?;
        }
        Ok(SpoolState {
            n_pieces: self.n_pieces,
            n_bytes: self.n_bytes,
            checksum: self.sum.value(),
        })
    }

    /// Adds pixels.
    pub(super) fn push(&mut self, picked: &Picked) -> io::Result<()> {
        let Picked {
            patch,
            group,
            class,
            block,
            weight_m2,
            noise,
            valid_years,
            series,
            covariates,
        } = picked;
        for column in [patch, group, class, block] {
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

    /// Adds what another file has, as far as it counts. A file with other bytes than were written to it is refused with an
    /// error of the kind `InvalidData`, and then this one is of no use.
    pub(super) fn append(&mut self, path: &Path, state: SpoolState) -> io::Result<()> {
        self.file.flush()?;
        let mut from = Summed::new(File::open(path)?.take(state.n_bytes));
        let copied = io::copy(&mut from, self.file.get_mut())?;
        if copied < state.n_bytes {
            let n_bytes = state.n_bytes;
            let text = format!(
                "{} has {copied} bytes in place of {n_bytes}",
                path.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        let sum = from.checked(state.checksum).map_err(|error| {
            let text = format!("{}: {error}", path.display());
            io::Error::new(error.kind(), text)
        })?;
        self.sum.append(&sum);
        self.n_pieces += state.n_pieces;
        self.n_bytes += state.n_bytes;
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
                patch,
                group,
                class,
                block,
                weight_m2,
                noise,
                valid_years,
                series,
                covariates,
            } = &mut picked;
            for column in [patch, group, class, block] {
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
        let length = (bytes.len() as u64).to_le_bytes();
        for piece in [&length[..], bytes] {
            self.file.write_all(piece)?;
            self.sum.add(piece);
            self.n_bytes += piece.len() as u64;
        }
        Ok(())
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
        let path = folder.path().join("spool");
        let mut spool = Spool::create(&path)?;
        let pieces = [3, 0, 1].map(|n: u32| Picked {
            patch: vec![3; n as usize],
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
        spool.push(&pieces[0])?;
        let state = spool.state(false)?;
        // What comes after a checkpoint and is lost with the run.
        spool.push(&pieces[2])?;
        drop(spool);
        let mut spool = Spool::resume(&path, state)?;
        for picked in &pieces[1..] {
            spool.push(picked)?;
        }
        for _ in 0..2 {
            let mut read = Vec::new();
            spool.read(|picked| read.push(picked.clone()))?;
            assert_eq!(read, pieces);
        }
        let longer = SpoolState {
            n_bytes: 1 << 20,
            ..state
        };
        assert!(Spool::resume(&path, longer).is_err());
        Ok(())
    }
}
