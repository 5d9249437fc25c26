//! A file in any of GDAL's file systems, read piece by piece.
#![allow(unsafe_code, reason = "calls into C; each states why it is sound")]

use std::ffi::{CStr, CString};
use std::io;
use std::ptr::NonNull;

use gdal_sys::VSILFILE;

/// `SEEK_SET` and `SEEK_END` of C, which are these numbers on every system that GDAL runs on.
const FROM_START: i32 = 0;
const FROM_END: i32 = 2;

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
        let name = CString::new(path)?;
        // GDAL opens what a server does not have as an empty file, so that it is asked for before.
        if !is_there(&name)? {
            return Ok(None);
        }
        // SAFETY: GDAL reads strings that outlive the call.
        let file = unsafe { gdal_sys::VSIFOpenL(name.as_ptr(), c"rb".as_ptr()) };
        match NonNull::new(file) {
            Some(file) => Ok(Some(Self(file))),
            None => Err(failure(&name, "it cannot be opened")),
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
        // SAFETY: the file is open until it is dropped, and no other thread uses it; GDAL writes no more bytes than `to`
        // has.
        let n = unsafe {
            gdal_sys::CPLErrorReset();
            if gdal_sys::VSIFSeekL(self.0.as_ptr(), start, FROM_START) != 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            gdal_sys::VSIFReadL(to.as_mut_ptr().cast(), 1, to.len(), self.0.as_ptr())
        };
        if n == to.len() {
            return Ok(());
        }
        Err(io::Error::other(reported().unwrap_or_else(|| {
            format!("{n} bytes came, and {} are needed", to.len())
        })))
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

/// Whether a file exists; an error where a server says anything but that it has none.
fn is_there(name: &CStr) -> io::Result<bool> {
    // The bindings do not know the size of what GDAL writes, a `stat64` of 144 bytes or less: theirs has none.
    let mut found = std::mem::MaybeUninit::<[u64; 64]>::uninit();
    // SAFETY: GDAL reads a string that outlives the call, and writes into the buffer it is given, which is larger than any
    // `stat64` and aligned as one, and is not read.
    let is_found = unsafe {
        gdal_sys::CPLErrorReset();
        gdal_sys::VSIStatL(name.as_ptr(), found.as_mut_ptr().cast()) == 0
    };
    // Of an answer 404 GDAL reports nothing.
    match reported() {
        Some(message) if !is_found => Err(failure(name, &message)),
        _ => Ok(is_found),
    }
}

/// What GDAL reported on this thread last, if anything.
fn reported() -> Option<String> {
    // SAFETY: GDAL gives a string that lives until the next report of this thread, and is copied before.
    let message = unsafe { CStr::from_ptr(gdal_sys::CPLGetLastErrorMsg()) };
    Some(message.to_string_lossy().into_owned()).filter(|message| !message.is_empty())
}

fn failure(name: &CStr, message: &str) -> io::Error {
    // GDAL would remember for the rest of the run that there is no such file.
    // SAFETY: GDAL reads a string that outlives the call.
    unsafe { gdal_sys::VSICurlPartialClearCache(name.as_ptr()) };
    io::Error::other(message.to_owned())
}
