//! Needs in words, and by what each is judged.

use humantime::format_duration;

use crate::compare::needs::{Connections, Needs, Stolen, What};

/// What is needed.
pub(super) fn title(what: What, needs: &Needs) -> String {
    let on = match needs.connections {
        Connections::Kept => "kept connections",
        Connections::New => "new connections",
    };
    match what {
        What::RevokedWithin(limit) => format!("a revoked credential is served for {} at most", format_duration(limit)),
        What::ExpiresByItself => "a credential stops by itself when its time is over".into(),
        What::RotatesUnnoticed => "credentials, and what makes them, are replaced without a failed call".into(),
        What::SharedNat => "a credential replayed from behind the callers' shared address is refused".into(),
        What::NoClientCertificates => "a caller that cannot present a certificate is served".into(),
        What::ProxyEndsTls => "a caller behind a proxy that ends TLS is served".into(),
        What::SurvivesTheftOf(stolen) => format!("nothing is lost when somebody steals {}", thing(stolen)),
        What::LimitsEachCaller => "a caller that asks too often is slowed down, and nobody else is".into(),
        What::OwnNetworks => "a caller can be bound to its own networks".into(),
        What::NoSecretTravels => "a caller can be taken in without a secret that travels".into(),
        What::NoThirdService => "callers need no service beside the resource".into(),
        What::RecoversWithin(limit) => {
            format!("after a theft of its files a caller is served and the thief refused within {}", format_duration(limit))
        }
        What::P99Within(limit) => format!("99 of 100 calls take {} at most, on {on}", format_duration(limit)),
        What::FirstCallWithin(limit) => format!("the first call takes {} at most", format_duration(limit)),
        What::CallsPerDay(calls) => format!("{} calls a day, evenly spread, on {on}", grouped(calls)),
        What::CallsPerSecond(calls) => format!("{} calls a second, on {on}", grouped(calls)),
        What::BytesPerCall(limit) => format!("a call takes {} bytes at most, on {on}", grouped(limit)),
    }
}

fn thing(stolen: Stolen) -> &'static str {
    match stolen {
        Stolen::Log => "the server's log",
        Stolen::Request => "a request",
        Stolen::Files => "the caller's files",
        Stolen::FakeServer => "what a careless caller sends to a fake server",
    }
}

/// What the judgement goes by.
pub(super) fn how(what: What) -> &'static str {
    match what {
        What::RevokedWithin(_) => "The longest time in any round of the drill, on any kind of connection.",
        What::ExpiresByItself => "Refused at its end, also on a connection that is open; it has to be given one.",
        What::RotatesUnnoticed => "Calls that failed while they were replaced under load.",
        What::SharedNat => "An allowlist cannot tell them apart, so a replayed credential must be refused without one.",
        What::NoClientCertificates => "Whether a caller without a certificate is served.",
        What::ProxyEndsTls => "The proxy must be able to present what it saw; so can whoever steals it there.",
        What::SurvivesTheftOf(_) => "A thief who has it is refused.",
        What::LimitsEachCaller => "A flood is refused, and another caller is served meanwhile.",
        What::OwnNetworks => "Refused from elsewhere, with the right credential.",
        What::NoSecretTravels => "Counted when callers were taken in, also with keys of their own.",
        What::NoThirdService => "Whom a caller had to ask when it was taken in.",
        What::RecoversWithin(_) => "The longest of the rounds; commands and calls, without what people take.",
        What::P99Within(_) => "The measured 99th percentile, on loopback: the network is not in it.",
        What::FirstCallWithin(_) => "From nothing to the answer, on loopback; in jwt that includes fetching the token.",
        What::CallsPerDay(_) | What::CallsPerSecond(_) => "Server CPU per call times calls, against the cores that you have.",
        What::BytesPerCall(_) => "Counted at the socket, in both directions.",
    }
}

/// `1,000,000`.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let all: Vec<String> = std::iter::once(digits[..first].to_owned()).filter(|head| !head.is_empty()).chain(groups).collect();
    all.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!([1.0, 999.0, 1000.0, 12_345.0, 1e6].map(grouped), ["1", "999", "1,000", "12,345", "1,000,000"]);
    }
}
