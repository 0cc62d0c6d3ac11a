//! What the kernel says about a process's memory.

use std::fs;

/// Memory of the process now, in bytes.
pub fn resident(pid: u32) -> u64 {
    status(pid, "VmRSS:")
}

/// The most it had since [`forget_peak`].
pub fn peak(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

/// The peak is what it has now.
pub fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// `61 MiB`
pub fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes / (1_024 * 1_024))
}

fn status(pid: u32, label: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}
