//! Where and how the run was made, in lines.

use crate::compare::findings::Findings;

/// One line per fact.
pub(super) fn lines(findings: &Findings) -> Vec<String> {
    let machine = &findings.machine;
    let processors = if machine.processors == 1 { "1 processor".into() } else { format!("{} processors", machine.processors) };
    let mut lines = vec![
        format!("Made {} by {}, depth {}.", findings.made, machine.authbench, findings.settings.depth),
        format!("On {processors} ({}), {}.", machine.processor, machine.system),
    ];
    if let Some(load) = &findings.load {
        lines.push(format!(
            "The servers were started anew {} times, and each had its turn each time, on one machine with the caller. Latencies: {:.0} calls a second on one kept \
             connection, {:.0} a second each on a new one with a full handshake, counted from the intended start. CPU and bytes: \
             one call after the other.",
            load.repeats, load.kept_per_second, load.fresh_per_second
        ));
        let place = "The servers ran on one processor, the caller on another.";
        lines.push(if load.pinned { place } else { "Nothing was pinned to a processor." }.into());
        lines.push(
            "In jwt mode the token is fetched once and reused; the first call includes fetching it. The server remembers a token \
             that it has verified, so only the first call with it pays for the signature check."
                .into(),
        );
        lines.extend(load.tls.as_ref().map(|agreed| format!("TLS agreed upon {agreed}.")));
        lines.extend(
            load.drift
                .map(|drift| format!("Between the opening and the closing run the baseline changed by {:.1} %.", drift * 100.0)),
        );
    }
    lines
}
