//! CPU time of a process or of this thread, from outside: `/proc`, to the nanosecond where the kernel counts so.

use std::{collections::BTreeMap, fs, time::Duration};

/// What the threads of a process had spent at one moment.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    threads: BTreeMap<u32, Duration>,
    grain: Duration,
}

/// `/proc/PID/stat` counts in ticks of this length on every Linux that Rust runs on (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

impl Reading {
    /// What was spent since `before`. A thread that has ended in between is not counted.
    pub(super) fn since(&self, before: &Self) -> Duration {
        let spent =
            |(thread, after): (&u32, &Duration)| after.saturating_sub(before.threads.get(thread).copied().unwrap_or_default());
        self.threads.iter().map(spent).sum()
    }

    /// The smallest difference that this clock can tell.
    pub(super) fn grain(&self) -> Duration {
        self.grain
    }
}

/// Reads the clocks of every thread of a process.
///
/// # Errors
/// A sentence when this system has no such clock, or the process is gone.
pub(super) fn process(pid: u32) -> Result<Reading, String> {
    let fine = fs::read_dir(format!("/proc/{pid}/task")).ok().map(|threads| {
        let thread = |entry: fs::DirEntry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, schedstat(&fs::read_to_string(entry.path().join("schedstat")).ok()?)?))
        };
        threads.filter_map(Result::ok).filter_map(thread).collect::<BTreeMap<_, _>>()
    });
    if let Some(threads) = fine.filter(|threads| threads.values().any(|spent| !spent.is_zero())) {
        return Ok(Reading { threads, grain: Duration::from_nanos(1) });
    }
    let coarse = fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|text| stat(&text));
    let spent = coarse.ok_or("this system does not tell the CPU time of another process in /proc")?;
    Ok(Reading { threads: BTreeMap::from([(pid, spent)]), grain: TICK })
}

/// What a thread has had of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Time on a processor.
    pub(super) spent: Duration,
    /// Time in which it could have run and another one did.
    pub(super) waited: Duration,
}

impl Share {
    /// What this thread has had so far, if this system tells.
    pub(super) fn now() -> Option<Self> {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let mut numbers = text.split_ascii_whitespace().map(|number| number.parse().map(Duration::from_nanos));
        let share = Self { spent: numbers.next()?.ok()?, waited: numbers.next()?.ok()? };
        (!share.spent.is_zero()).then_some(share)
    }

    /// What it has had since `before`, if both are known.
    pub(super) fn since(before: Option<Self>) -> Option<Self> {
        let (now, before) = (Self::now()?, before?);
        Some(Self { spent: now.spent.saturating_sub(before.spent), waited: now.waited.saturating_sub(before.waited) })
    }
}

/// What the children of this process that have ended took, to the tick; nothing where the system does not tell.
pub(super) fn children() -> Option<Duration> {
    times(&fs::read_to_string("/proc/self/stat").ok()?, 13)
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn schedstat(text: &str) -> Option<Duration> {
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// `utime` and `stime`, the 14th and 15th field of `stat`.
fn stat(text: &str) -> Option<Duration> {
    times(text, 11)
}

/// The sum of two neighbouring fields of `stat`; `skip` are left out after the second field, which is a name that may hold anything.
fn times(text: &str, skip: usize) -> Option<Duration> {
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace().skip(skip);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(system)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_of_the_kernel_are_read() {
        assert_eq!(schedstat("123456 789 3\n"), Some(Duration::from_nanos(123_456)));
        let line = "42 (a ) b) S 1 42 42 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 3 0 99 0 0";
        assert_eq!(stat(line), Some(Duration::from_millis(120)));
        assert_eq!(times(&line.replace(" 7 5 0 0 ", " 7 5 3 1 "), 13), Some(Duration::from_millis(40)));
        for broken in ["", "42", "42 (x", "42 (x) S 1 2", "42 (x) S 1 2 3 4 5 6 7 8 9 10 eleven 12"] {
            assert_eq!(stat(broken), None, "{broken}");
        }
        assert_eq!(schedstat("x"), None);
    }

    #[test]
    fn a_thread_that_is_new_counts_whole_and_one_that_is_gone_not_at_all() {
        let reading = |pairs: &[(u32, u64)]| Reading {
            threads: pairs.iter().map(|(thread, nanos)| (*thread, Duration::from_nanos(*nanos))).collect(),
            grain: TICK,
        };
        let spent = reading(&[(1, 150), (3, 30)]).since(&reading(&[(1, 100), (2, 999)]));
        assert_eq!(spent, Duration::from_nanos(80));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_is_gone_has_no_clock() {
        assert!(process(u32::MAX).is_err());
        assert!(process(std::process::id()).is_ok());
    }
}
