//! What servers say of files, by GDAL's file systems.

use std::ffi::{CStr, CString};

/// The head of a server's answer on a file, each line as its name and its value. None where the file is on no server, and
/// where there is no answer.
pub(crate) fn vsi_head(path: &str) -> Vec<(String, String)> {
    let Ok(path) = CString::new(path) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    // SAFETY: GDAL reads strings that outlive the call. It gives null or an array of C strings that ends in null, which is
    // ours: every string is copied, and the array is destroyed once.
    unsafe {
        let list =
            gdal_sys::VSIGetFileMetadata(path.as_ptr(), c"HEADERS".as_ptr(), std::ptr::null_mut());
        let mut next = list;
        while !next.is_null() && !(*next).is_null() {
            lines.push(CStr::from_ptr(*next).to_string_lossy().into_owned());
            next = next.add(1);
        }
        gdal_sys::CSLDestroy(list);
    }
    let parted = lines.iter().filter_map(|line| line.split_once('='));
    parted
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}
