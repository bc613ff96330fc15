//! How much memory the host has.

use std::{fs, path::Path};

/// Memory where the system does not say how much there is: what a small machine has.
const UNKNOWN: u64 = 8 << 30;

/// Bytes of memory that this process may have at most: those of the machine, or of the group of processes that it is in, where the
/// system states them (Linux); 8 GiB elsewhere.
pub fn host_memory() -> u64 {
    let of_machine = read("/proc/meminfo").and_then(|text| of_meminfo(&text));
    let groups = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let of_group = groups.iter().filter_map(|path| read(path)?.trim().parse().ok());
    of_machine.into_iter().chain(of_group).min().unwrap_or(UNKNOWN)
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(path)).ok()
}

/// The bytes of `MemTotal`, which are stated in KiB (`proc_meminfo(5)`).
fn of_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_stated_in_kibibytes() {
        assert_eq!(
            of_meminfo("MemTotal:       24689404 kB\nMemFree: 1 kB\n"),
            Some(24_689_404 << 10)
        );
        assert_eq!(of_meminfo("MemFree: 1 kB\n"), None);
        assert!(host_memory() > 1 << 20);
    }
}
