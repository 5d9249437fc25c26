//! Files on a server that are no rasters.

use std::io;
use std::path::Path;

use crate::gdal_calls::{VsiFile, quiet_gdal};
use crate::servers::{gdal_name, is_on_server};
use crate::sources::files::listing::way_in;

/// A text that is longer is none that a person made.
const MOST_BYTES: u64 = 1 << 30;

/// What is in a file on a server, the whole of it; `None` for a file of this machine.
///
/// # Errors
///
/// The server does not give it; the text says how to be let in.
pub(crate) fn bytes_on_server(path: &Path) -> Option<io::Result<Vec<u8>>> {
    let name = path.to_str().filter(|name| is_on_server(name))?;
    quiet_gdal();
    Some(whole(&gdal_name(name)).map_err(|error| {
        let text = format!("the server does not give it: {error}; {}", way_in(name));
        io::Error::other(text)
    }))
}

/// All bytes of a file: fewer are an error, since a table that is cut short looks like a table.
fn whole(name: &str) -> io::Result<Vec<u8>> {
    let file = VsiFile::open(name)?;
    let mut file = file.ok_or_else(|| io::Error::other("there is no such file"))?;
    let n_bytes = file.bytes()?;
    if n_bytes > MOST_BYTES {
        let text = format!("it has {n_bytes} bytes, more than a table of field data");
        return Err(io::Error::other(text));
    }
    let mut bytes = vec![0; usize::try_from(n_bytes).map_err(io::Error::other)?];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}
