//! Servers on one processor, the caller on another: they do not take each other's time, and nobody moves meanwhile.

/// Pins every thread of the servers to one of the processors that this process may use, and this thread to another. False where
/// there is only one, or the system has no such call; then everything runs where the system puts it.
#[cfg(target_os = "linux")]
pub(super) fn apart(servers: &[u32]) -> bool {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let one = |processor: usize| {
        let mut set = CpuSet::new();
        set.set(processor);
        set
    };
    let Ok(allowed) = sched_getaffinity(None) else { return false };
    let mut usable = (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor));
    let (Some(first), Some(last)) = (usable.next(), usable.next_back()) else { return false };
    let pinned = servers.iter().flat_map(|pid| threads(*pid)).all(|thread| sched_setaffinity(Some(thread), &one(first)).is_ok());
    pinned && sched_setaffinity(None, &one(last)).is_ok()
}

/// The threads that a process has now; those that it starts later inherit their place.
#[cfg(target_os = "linux")]
fn threads(pid: u32) -> Vec<rustix::process::Pid> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries.filter_map(number).filter_map(rustix::process::Pid::from_raw).collect()
}

/// See the other one.
#[cfg(not(target_os = "linux"))]
pub(super) fn apart(_servers: &[u32]) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_this_thread_and_the_servers_are_moved() {
        // On a thread of its own, which ends: the tests beside it stay where they are.
        let (pinned, mine) = std::thread::spawn(|| (apart(&[]), std::thread::available_parallelism())).join().unwrap();
        let all = std::thread::available_parallelism().unwrap().get();
        assert_eq!(pinned, all > 1);
        assert_eq!(mine.unwrap().get(), 1);
        assert!(threads(std::process::id()).len() > 1 && threads(u32::MAX).is_empty());
    }
}
