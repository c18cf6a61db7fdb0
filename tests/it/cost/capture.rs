//! What `tcpdump` saw between callers and one port of this machine.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use crate::lab::{Lab, eventually, missing, tool};

/// Octets before the first packet, and before each one.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const ETHERNET_HEADER: usize = 14;
/// Flags of TCP.
const FIN_OR_RST: u8 = 0b101;

/// A capture under way.
#[derive(Debug)]
pub(super) struct Capture {
    child: Child,
    file: PathBuf,
    port: u16,
}

/// TCP segments in the order in which they passed, none twice, until the caller closed.
#[derive(Debug)]
pub(super) struct Wire {
    segments: Vec<Segment>,
    /// The ports of the callers, in the order in which they closed.
    closed: Vec<u16>,
}

#[derive(Debug)]
struct Segment {
    caller: u16,
    from_caller: bool,
    sequence: u32,
    payload: u64,
    closes: bool,
}

impl Capture {
    /// Of everything to and from that port from now on. `None` as with [`tool`].
    pub(super) fn of(lab: &Lab, port: u16) -> Option<Self> {
        let tcpdump = tool("tcpdump")?;
        let file = lab.path("capture");
        let mut command = Command::new(tcpdump);
        command.args(["-i", "lo", "-nn", "-U", "--immediate-mode", "-w", "-", &format!("tcp port {port}")]);
        command.stdin(Stdio::null()).stdout(File::create(&file).unwrap()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let ready = said.any(|line| line.contains("listening on"));
        let capture = Self { child, file, port };
        if !ready {
            missing("the right to capture with tcpdump");
        }
        ready.then_some(capture)
    }

    /// Ends when so many callers have closed their connections.
    pub(super) fn until_closed(self, connections: usize) -> Wire {
        eventually("tcpdump saw every connection end", || self.seen().closed.len() >= connections);
        self.seen()
    }

    fn seen(&self) -> Wire {
        Wire::of(segments(&fs::read(&self.file).unwrap(), self.port))
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Wire {
    fn of(all: Vec<Segment>) -> Self {
        let (mut segments, mut closed, mut known) = (Vec::new(), Vec::new(), HashSet::new());
        for segment in all {
            if closed.contains(&segment.caller) {
                continue;
            }
            if segment.closes && segment.from_caller {
                closed.push(segment.caller);
            }
            if segment.payload > 0 && known.insert((segment.caller, segment.from_caller, segment.sequence)) {
                segments.push(segment);
            }
        }
        Self { segments, closed }
    }

    /// Octets above TCP in both directions of the connection that closed as number `connection`.
    pub(super) fn payload(&self, connection: usize) -> u64 {
        let of = self.segments.iter().filter(|segment| segment.caller == self.closed[connection]);
        of.map(|segment| segment.payload).sum()
    }

    /// The same of the last so many calls, where there was one connection: each call is one segment, and its answer follows.
    pub(super) fn payload_of_last(&self, calls: usize) -> u64 {
        let begins = |(at, segment): (usize, &Segment)| segment.from_caller.then_some(at);
        let from = self.segments.iter().enumerate().filter_map(begins).nth_back(calls - 1).unwrap();
        self.segments[from..].iter().map(|segment| segment.payload).sum()
    }
}

/// Reads a capture file of this machine's byte order; the last packet may still be in writing.
fn segments(file: &[u8], port: u16) -> Vec<Segment> {
    let (mut rest, mut segments) = (file.get(FILE_HEADER..).unwrap_or_default(), Vec::new());
    while let Some(length) = rest.get(8..12) {
        let end = RECORD_HEADER + u32::from_ne_bytes(length.try_into().unwrap()) as usize;
        let Some(packet) = rest.get(RECORD_HEADER..end) else { break };
        segments.push(segment(&packet[ETHERNET_HEADER..], port));
        rest = &rest[end..];
    }
    segments
}

/// Reads an IPv4 packet.
fn segment(packet: &[u8], port: u16) -> Segment {
    let two = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
    let ip_header = usize::from(packet[0] & 0xf) * 4;
    let tcp_header = usize::from(packet[ip_header + 12] >> 4) * 4;
    let (from, to) = (two(ip_header), two(ip_header + 2));
    Segment {
        caller: if to == port { from } else { to },
        from_caller: to == port,
        sequence: u32::from_be_bytes(packet[ip_header + 4..ip_header + 8].try_into().unwrap()),
        payload: u64::from(two(2)) - (ip_header + tcp_header) as u64,
        closes: packet[ip_header + 13] & FIN_OR_RST != 0,
    }
}
