//! Several pixels at a time, with the vectors that the processor has.
//!
//! [`vector`] has the operations, in the bits of one pixel; the other files have the intrinsics of each
//! kind of processor.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) mod portable;
pub(super) mod vector;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86;
