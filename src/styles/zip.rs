//! A zip archive of one file, the same bytes each time.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// 1 January 1980, the first day that zip has: no archive depends on when it was made.
const DATE: u16 = 1 << 5 | 1;
/// The version that reads DEFLATE.
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;

/// An archive with one file.
///
/// # Errors
///
/// It would have more than 4 GiB.
pub(super) fn zip_of(name: &str, content: &[u8]) -> io::Result<Vec<u8>> {
    let too_large = |_| io::Error::other("more than 4 GiB in a zip archive");
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    let compressed = encoder.finish()?;
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let size = u32::try_from(content.len()).map_err(too_large)?;
    let compressed_size = u32::try_from(compressed.len()).map_err(too_large)?;
    let name_size = u16::try_from(name.len()).map_err(too_large)?;

    // What both heads of the file share, from the version that reads it to the length of a further field.
    let mut head = Vec::new();
    for number in [VERSION, UTF8, DEFLATED, 0, DATE] {
        head.extend(number.to_le_bytes());
    }
    for number in [crc.sum(), compressed_size, size] {
        head.extend(number.to_le_bytes());
    }
    head.extend(name_size.to_le_bytes());
    head.extend(0_u16.to_le_bytes());

    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&head);
    zip.extend(name.as_bytes());
    zip.extend(&compressed);
    let directory = u32::try_from(zip.len()).map_err(too_large)?;
    zip.extend(b"PK\x01\x02");
    zip.extend(VERSION.to_le_bytes());
    zip.extend(&head);
    // Comment, disk and attributes: none. The file begins at 0.
    zip.extend([0; 14]);
    zip.extend(name.as_bytes());
    let directory_size = u32::try_from(zip.len()).map_err(too_large)? - directory;
    zip.extend(b"PK\x05\x06");
    for number in [0_u16, 0, 1, 1] {
        zip.extend(number.to_le_bytes());
    }
    for number in [directory_size, directory] {
        zip.extend(number.to_le_bytes());
    }
    zip.extend(0_u16.to_le_bytes());
    Ok(zip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    #[test]
    fn an_archive_has_the_file_and_no_time() {
        let text = "one two three ".repeat(100);
        let zip = zip_of("a.qgs", text.as_bytes()).unwrap();
        assert_eq!(zip, zip_of("a.qgs", text.as_bytes()).unwrap());
        assert!(zip.len() < text.len() / 2, "{}", zip.len());
        assert_eq!(&zip[30..35], b"a.qgs");
        let number = |at: usize| u32::from_le_bytes(zip[at..at + 4].try_into().unwrap());
        assert_eq!(number(22) as usize, text.len());
        let data = &zip[35..35 + number(18) as usize];
        let mut read = String::new();
        DeflateDecoder::new(data).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        // The end says where the directory is.
        let end = zip.len() - 22;
        assert_eq!(&zip[end..end + 4], b"PK\x05\x06");
        assert_eq!(&zip[number(end + 16) as usize..][..4], b"PK\x01\x02");
    }
}
