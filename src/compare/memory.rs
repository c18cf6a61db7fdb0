//! Memory of a process, from outside: `/proc`.

use std::fs;

/// What a process has in memory now, in octets (resident set).
///
/// # Errors
/// A sentence when this system does not tell, or the process is gone.
pub(super) fn resident(pid: u32) -> Result<u64, String> {
    // Unlike `statm`, this one is added up page by page when it is read.
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    rss(&text).ok_or_else(|| "this system does not tell the memory of another process in /proc".into())
}

fn rss(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_set_is_read() {
        let text = "55d0-7ffd ---p 00000000 00:00 0    [rollup]\nRss:               17432 kB\nPss:               16000 kB\n";
        assert_eq!(rss(text), Some(17432 * 1024));
        for broken in ["", "Rss:", "Rss: many kB", "Rss: 12 MB", "Rss: 99999999999999999999 kB", "Rss: 18446744073709551615 kB"] {
            assert_eq!(rss(broken), None, "{broken}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_is_gone_has_none() {
        assert!(resident(u32::MAX).is_err());
        assert!(resident(std::process::id()).is_ok_and(|octets| octets > 1 << 20));
    }
}
