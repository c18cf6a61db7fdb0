//! Processor time as others count it.

use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::eventually;

/// `/proc/PID/stat` counts in these (`USER_HZ`).
pub(super) const TICK: Duration = Duration::from_millis(10);

/// What a process has had, all of its threads together: `utime` and `stime`.
pub(super) fn ticks(process: u32) -> Duration {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = line.rsplit_once(") ").unwrap().1.split(' ').collect();
    TICK * fields[11..13].iter().map(|ticks| ticks.parse::<u32>().unwrap()).sum()
}

/// `perf stat` at work.
#[derive(Debug)]
pub(super) struct Perf(Child);

impl Perf {
    /// Counts from now on. `None`, with a word about it, where there is no `perf` or it may not: it is not demanded, since its
    /// version must be the kernel's.
    pub(super) fn watching(process: u32) -> Option<Self> {
        let mut command = Command::new("perf");
        command.args(["stat", "-x", ",", "-e", "task-clock", "-p", &process.to_string()]).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut perf = Self(command.spawn().map_err(|error| println!("without perf: {error}")).ok()?);
        let (mut ended, threads) = (false, fs::read_dir(format!("/proc/{process}/task")).unwrap().count());
        eventually("perf counts every thread", || {
            ended = perf.0.try_wait().unwrap().is_some();
            ended || counters(perf.0.id()) >= threads
        });
        if ended {
            println!("without perf: {}", perf.said());
        }
        (!ended).then_some(perf)
    }

    /// What it counted.
    pub(super) fn stop(mut self) -> Duration {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        let said = self.said();
        let millis = said.trim().split(',').next().and_then(|millis| millis.parse::<f64>().ok());
        Duration::from_secs_f64(millis.unwrap_or_else(|| panic!("perf: {said}")) / 1000.0)
    }

    /// All that it says, to its end.
    fn said(&mut self) -> String {
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Perf {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The counters that this process has open: `perf` opens one for each thread.
fn counters(process: u32) -> usize {
    let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    open.filter(|file| fs::read_link(file.path()).is_ok_and(|link| link.to_string_lossy().contains("[perf_event]"))).count()
}
