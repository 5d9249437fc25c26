//! Drivers that complain of a missing desktop where there need not be one.
#![expect(
    unsafe_code,
    reason = "the environment is changed before there are threads"
)]

use std::env;

/// Mesa's choice of devices, which looks for a desktop.
const NO_DEVICE_SELECT: &str = "NODEVICE_SELECT";

/// On machines without a session, such as a node of a cluster, a layer of Mesa looks for a desktop and prints
/// `error: XDG_RUNTIME_DIR is invalid` for each device, though nothing is wrong. The layer changes the order of devices
/// alone, as `MESA_VK_DEVICE_SELECT` asks for; it is left out where nobody does.
///
/// To be called first in the program, before there are other threads.
pub(super) fn silence() {
    let is_set = |name: &str| env::var_os(name).is_some();
    let is_wanted = ["XDG_RUNTIME_DIR", "MESA_VK_DEVICE_SELECT", NO_DEVICE_SELECT];
    if cfg!(target_os = "linux") && !is_wanted.into_iter().any(is_set) {
        // SAFETY: no other thread reads the environment, because there is none yet.
        unsafe { env::set_var(NO_DEVICE_SELECT, "1") };
    }
}
