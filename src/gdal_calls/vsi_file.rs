//! A file in any of GDAL's file systems, read piece by piece.
#![allow(unsafe_code, reason = "calls into C; each states why it is sound")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::ptr::NonNull;

use gdal_sys::VSILFILE;

use super::quiet_gdal;

/// What GDAL says of a file that a server does not have.
const NOT_FOUND: [&str; 4] = ["404", "NoSuchKey", "not exist", "NotFound"];
/// `SEEK_SET` and `SEEK_END` of C, which are these numbers on every system that GDAL runs on.
const FROM_START: i32 = 0;
const FROM_END: i32 = 2;
/// GDAL's `VSIE_FileError`, a macro; larger numbers are errors of servers.
const FILE_ERROR: i32 = 1;

// Declared here, as the bindings lack them.
unsafe extern "system" {
    fn VSIErrorReset();
    fn VSIGetLastErrorNo() -> c_int;
    fn VSIGetLastErrorMsg() -> *const c_char;
}

/// An open file.
#[derive(Debug)]
pub(crate) struct VsiFile(NonNull<VSILFILE>);

impl VsiFile {
    /// Opens a file to read it; `None` if there is none of that name.
    ///
    /// # Errors
    ///
    /// A server that does not answer, or refuses: the file may be there.
    pub(crate) fn open(path: &str) -> io::Result<Option<Self>> {
        quiet_gdal();
        let path = CString::new(path)?;
        // SAFETY: GDAL reads strings that outlive the calls; its own message is copied before the next call.
        unsafe {
            VSIErrorReset();
            let file = gdal_sys::VSIFOpenExL(path.as_ptr(), c"rb".as_ptr(), 1);
            if let Some(file) = NonNull::new(file) {
                return Ok(Some(Self(file)));
            }
            let message = VSIGetLastErrorMsg();
            if message.is_null() {
                return Ok(None);
            }
            let message = CStr::from_ptr(message).to_string_lossy().into_owned();
            let is_of_server = VSIGetLastErrorNo() > FILE_ERROR;
            if !is_of_server || NOT_FOUND.iter().any(|word| message.contains(word)) {
                return Ok(None);
            }
            // GDAL would remember for the rest of the run that there is no such file.
            gdal_sys::VSICurlPartialClearCache(path.as_ptr());
            Err(io::Error::other(message))
        }
    }

    /// Its size in bytes.
    ///
    /// # Errors
    ///
    /// Its end cannot be found.
    pub(crate) fn bytes(&mut self) -> io::Result<u64> {
        // SAFETY: the file is open until it is dropped, and no other thread uses it.
        unsafe {
            if gdal_sys::VSIFSeekL(self.0.as_ptr(), 0, FROM_END) != 0 {
                return Err(io::Error::other("the end of the file is not found"));
            }
            Ok(gdal_sys::VSIFTellL(self.0.as_ptr()))
        }
    }

    /// Fills `to` with the bytes from `start` on.
    ///
    /// # Errors
    ///
    /// The file ends before, or a server does not answer.
    pub(crate) fn read_at(&mut self, start: u64, to: &mut [u8]) -> io::Result<()> {
        // SAFETY: the file is open until it is dropped, and no other thread uses it; GDAL writes no more bytes than `to` has.
        let n = unsafe {
            if gdal_sys::VSIFSeekL(self.0.as_ptr(), start, FROM_START) != 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            gdal_sys::VSIFReadL(to.as_mut_ptr().cast(), 1, to.len(), self.0.as_ptr())
        };
        if n == to.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

impl Drop for VsiFile {
    fn drop(&mut self) {
        // SAFETY: the file is open, and is closed once.
        unsafe {
            gdal_sys::VSIFCloseL(self.0.as_ptr());
        }
    }
}
