//! Checksums of files that a part of a run leaves: a disk may give back other bytes than it was given.
//!
//! CRC-32 finds each change within 32 bits that follow each other, and any other but for one in four thousand million. It
//! is no protection against anybody who wants to deceive.

use std::io::{self, Read};

/// The checksum of all bytes so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// That of `n_bytes` bytes which have this value, to go on from there.
    pub(crate) fn of_written(value: u32, n_bytes: u64) -> Self {
        Self(crc32fast::Hasher::new_with_initial_len(value, n_bytes))
    }

    /// Adds bytes behind those so far.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds all bytes of another behind those so far.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.combine(&other.0);
    }

    /// Its value.
    pub(crate) fn value(&self) -> u32 {
        self.0.clone().finalize()
    }
}

/// A reader that adds up what passes.
#[derive(Debug)]
pub(crate) struct Summed<R> {
    reader: R,
    sum: Checksum,
}

impl<R: Read> Summed<R> {
    /// A reader of which nothing is read yet.
    pub(crate) fn new(reader: R) -> Self {
        let sum = Checksum::default();
        Self { reader, sum }
    }

    /// The checksum of all that passed.
    ///
    /// # Errors
    ///
    /// It is another one than `expected`: of the kind `InvalidData`.
    pub(crate) fn checked(self, expected: u32) -> io::Result<Checksum> {
        if self.sum.value() == expected {
            return Ok(self.sum);
        }
        let text = "its bytes are not those that were written to it, by their checksum";
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.sum.add(&buffer[..n]);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_all_bytes_however_they_come() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        let expected = 0xcbf4_3926;
        let mut whole = Checksum::default();
        whole.add(b"123456789");
        assert_eq!(whole.value(), expected);
        let mut front = Checksum::default();
        front.add(b"1234");
        let mut gone_on = Checksum::of_written(front.value(), 4);
        gone_on.add(b"56789");
        assert_eq!(gone_on.value(), expected);
        let mut back = Checksum::default();
        back.add(b"56789");
        front.append(&back);
        assert_eq!(front.value(), expected);
        let mut rest = Checksum::of_written(expected, 9);
        rest.append(&Checksum::of_written(back.value(), 5));
        whole.add(b"56789");
        assert_eq!(rest.value(), whole.value());
    }

    #[test]
    fn a_changed_byte_is_found_while_it_is_copied() {
        let read = |bytes: &[u8]| {
            let mut from = Summed::new(bytes);
            let mut copy = Vec::new();
            io::copy(&mut from, &mut copy).expect("copied");
            assert_eq!(copy, bytes);
            from.checked(0xcbf4_3926)
        };
        assert!(read(b"123456789").is_ok());
        let error = read(b"123456799").expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
