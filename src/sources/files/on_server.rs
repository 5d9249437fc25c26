//! Files on a server that are no rasters.

use std::io;
use std::path::Path;

use crate::gdal_calls::{quiet_gdal, vsi_start};
use crate::servers::{gdal_name, is_on_server};
use crate::sources::files::listing::way_in;

/// A text that is longer is none that a person made.
const MOST_BYTES: usize = 1 << 30;

/// What is in a file on a server; `None` for a file of this machine.
///
/// # Errors
///
/// The server does not give it; the text says how to be let in.
pub(crate) fn bytes_on_server(path: &Path) -> Option<io::Result<Vec<u8>>> {
    let name = path.to_str().filter(|name| is_on_server(name))?;
    quiet_gdal();
    let bytes = vsi_start(&gdal_name(name), MOST_BYTES);
    Some(bytes.ok_or_else(|| {
        let text = format!("the server does not give it; {}", way_in(name));
        io::Error::other(text)
    }))
}
