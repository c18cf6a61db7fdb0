//! What this machine is, for whoever reads the numbers.

use std::fs;

use super::findings::Machine;

/// The machine that this process runs on, as far as it tells.
pub(super) fn here() -> Machine {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let build = if cfg!(debug_assertions) { " (debug build)" } else { "" };
    Machine {
        authbench: format!("authbench {}{build}", env!("CARGO_PKG_VERSION")),
        system: format!("{} {}", std::env::consts::OS, kernel.trim()).trim_end().to_owned(),
        processor: processor(&cpuinfo).unwrap_or(std::env::consts::ARCH).to_owned(),
        processors: std::thread::available_parallelism().map_or(1, Into::into),
    }
}

fn processor(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_has_the_name_it_gives_itself() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: AMD EPYC 9R14\nflags: x\n"), Some("AMD EPYC 9R14"));
        for none in ["", "model name\t:\n", "Features\t: fp asimd\n"] {
            assert_eq!(processor(none), None, "{none}");
        }
        assert!(here().processors > 0);
    }
}
