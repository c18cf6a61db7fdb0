//! The shape of a file of needs, and what is wrong with it.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error};

use super::{Connections, Need, Needs, REFERENCE, Stolen, Weight, What};
use crate::{
    document::{Document, Fault},
    lifetime,
    mode::Profile,
};

/// Reads the text of such a file.
///
/// # Errors
/// The first fault.
pub(super) fn parse(document: &Document<'_>) -> Result<Needs, Fault> {
    let written: Written = document.parse(REFERENCE)?;
    let of = |weight, list: List| list.whats().into_iter().map(move |what| Need { weight, what });
    let needs: Vec<Need> = of(Weight::Must, written.must).chain(of(Weight::Should, written.should)).collect();
    for (at, need) in needs.iter().enumerate() {
        if needs[..at].iter().any(|before| same(before.what, need.what)) {
            let key = format!("{}.{}", need.weight, need.what.key());
            return Err(document.fault_at_key(&key, "this is needed already", "keep it once, as a must or as a should"));
        }
    }
    if needs.is_empty() {
        let remedy = format!("write at least one below `[must]` or `[should]`; {REFERENCE} has them all");
        return Err(document.fault_at_key("must", "no need is named", remedy));
    }
    Ok(Needs {
        title: written.title,
        profile: written.profile,
        connections: written.connections,
        server_cores: written.server_cores.0,
        needs,
    })
}

/// Whether two needs are the same one, whatever their numbers.
fn same(one: What, other: What) -> bool {
    match (one, other) {
        (What::SurvivesTheftOf(one), What::SurvivesTheftOf(other)) => one == other,
        _ => one.key() == other.key(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    title: String,
    #[serde(default = "standard")]
    profile: Profile,
    #[serde(default = "kept")]
    connections: Connections,
    #[serde(default = "one")]
    server_cores: Positive,
    #[serde(default)]
    must: List,
    #[serde(default)]
    should: List,
}

fn standard() -> Profile {
    Profile::Standard
}

fn kept() -> Connections {
    Connections::Kept
}

fn one() -> Positive {
    Positive(1.0)
}

/// One of the two tables.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct List {
    revoked_within: Option<Within>,
    expires_by_itself: Option<Yes>,
    rotates_unnoticed: Option<Yes>,
    shared_nat: Option<Yes>,
    no_client_certificates: Option<Yes>,
    proxy_ends_tls: Option<Yes>,
    survives_theft_of: Vec<Stolen>,
    limits_each_caller: Option<Yes>,
    own_networks: Option<Yes>,
    no_secret_travels: Option<Yes>,
    no_third_service: Option<Yes>,
    recovers_within: Option<Within>,
    p99_within: Option<Within>,
    first_call_within: Option<Within>,
    calls_per_day: Option<Positive>,
    calls_per_second: Option<Positive>,
    bytes_per_call: Option<Positive>,
}

impl List {
    fn whats(self) -> Vec<What> {
        fn of<T>(written: Option<T>, what: impl FnOnce(T) -> What) -> Option<What> {
            written.map(what)
        }
        [
            of(self.revoked_within, |within| What::RevokedWithin(within.0)),
            of(self.expires_by_itself, |Yes| What::ExpiresByItself),
            of(self.rotates_unnoticed, |Yes| What::RotatesUnnoticed),
            of(self.shared_nat, |Yes| What::SharedNat),
            of(self.no_client_certificates, |Yes| What::NoClientCertificates),
            of(self.proxy_ends_tls, |Yes| What::ProxyEndsTls),
            of(self.limits_each_caller, |Yes| What::LimitsEachCaller),
            of(self.own_networks, |Yes| What::OwnNetworks),
            of(self.no_secret_travels, |Yes| What::NoSecretTravels),
            of(self.no_third_service, |Yes| What::NoThirdService),
            of(self.recovers_within, |within| What::RecoversWithin(within.0)),
            of(self.p99_within, |within| What::P99Within(within.0)),
            of(self.first_call_within, |within| What::FirstCallWithin(within.0)),
            of(self.calls_per_day, |calls| What::CallsPerDay(calls.0)),
            of(self.calls_per_second, |calls| What::CallsPerSecond(calls.0)),
            of(self.bytes_per_call, |bytes| What::BytesPerCall(bytes.0)),
        ]
        .into_iter()
        .flatten()
        .chain(self.survives_theft_of.into_iter().map(What::SurvivesTheftOf))
        .collect()
    }
}

/// `true`. What is not needed is left out.
#[derive(Debug)]
struct Yes;

impl<'de> Deserialize<'de> for Yes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if bool::deserialize(from)? { Ok(Self) } else { Err(D::Error::custom("write `true`, or leave the line out")) }
    }
}

/// A duration such as `"5ms"`, `"10s"` or `"1m"`.
#[derive(Debug)]
struct Within(Duration);

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lifetime::parse(&String::deserialize(from)?).map(Self).map_err(D::Error::custom)
    }
}

/// A number above zero.
#[derive(Debug, Clone, Copy)]
struct Positive(f64);

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(from)?;
        if number.is_finite() && number > 0.0 { Ok(Self(number)) } else { Err(D::Error::custom("write a number above zero")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Needs, Fault> {
        parse(&Document::new("needs.toml", text))
    }

    #[test]
    fn needs_are_told_in_the_order_of_the_vocabulary_musts_first() {
        let text = "connections = \"new\"\n[should]\nproxy_ends_tls = true\n[must]\nsurvives_theft_of = [\"log\", \"files\"]\ncalls_per_day = 1_000_000\n";
        let needs = read(text).unwrap();
        let told: Vec<_> = needs.needs.iter().map(|need| (need.weight, need.what)).collect();
        assert_eq!(
            told,
            [
                (Weight::Must, What::CallsPerDay(1e6)),
                (Weight::Must, What::SurvivesTheftOf(Stolen::Log)),
                (Weight::Must, What::SurvivesTheftOf(Stolen::Files)),
                (Weight::Should, What::ProxyEndsTls),
            ]
        );
        assert_eq!((needs.profile, needs.connections, needs.server_cores), (Profile::Standard, Connections::New, 1.0));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_what_mends_it() {
        let told = |text: &str| read(text).unwrap_err().to_string();
        insta::assert_snapshot!(told(""), @"
        needs.toml: `must`: no need is named
          mend: write at least one below `[must]` or `[should]`; docs/needs.md has them all
        ");
        insta::assert_snapshot!(told("[must]\nrevoke_within = \"1m\"\n"), @"
        needs.toml:2: `must.revoke_within`: unknown field `revoke_within`, expected one of `revoked_within`, `expires_by_itself`, `rotates_unnoticed`, `shared_nat`, `no_client_certificates`, `proxy_ends_tls`, `survives_theft_of`, `limits_each_caller`, `own_networks`, `no_secret_travels`, `no_third_service`, `recovers_within`, `p99_within`, `first_call_within`, `calls_per_day`, `calls_per_second`, `bytes_per_call`
          mend: write `revoked_within`, or see docs/needs.md
        ");
        insta::assert_snapshot!(told("[must]\nshared_nat = false\n"), @"
        needs.toml:2: `must.shared_nat`: write `true`, or leave the line out
          mend: see docs/needs.md
        ");
        insta::assert_snapshot!(told("[must]\nrevoked_within = \"soon\"\n"), @r#"
        needs.toml:2: `must.revoked_within`: `soon` is no duration; write a number and a unit such as "30s", "10m" or "24h"
          mend: see docs/needs.md
        "#);
        insta::assert_snapshot!(told("server_cores = 0\n[must]\nshared_nat = true\n"), @"
        needs.toml:1: `server_cores`: write a number above zero
          mend: see docs/needs.md
        ");
        insta::assert_snapshot!(told("[must]\nsurvives_theft_of = [\"logs\"]\n"), @"
        needs.toml:2: `must.survives_theft_of`: `logs` is not one of log, request, files, fake_server
          mend: see docs/needs.md
        ");
        insta::assert_snapshot!(told("[must]\nshared_nat = true\n[should]\nshared_nat = true\n"), @"
        needs.toml:4: `should.shared_nat`: this is needed already
          mend: keep it once, as a must or as a should
        ");
        insta::assert_snapshot!(told("[must]\nsurvives_theft_of = [\"log\", \"log\"]\n"), @"
        needs.toml:2: `must.survives_theft_of`: this is needed already
          mend: keep it once, as a must or as a should
        ");
        insta::assert_snapshot!(told("[must]\ncalls_per_day = \"many\"\n"), @r#"
        needs.toml:2: `must.calls_per_day`: invalid type: string "many", expected f64
          mend: see docs/needs.md
        "#);
        insta::assert_snapshot!(told("connections = \"pooled\"\n[must]\nshared_nat = true\n"), @"
        needs.toml:1: `connections`: `pooled` is not one of kept, new
          mend: see docs/needs.md
        ");
    }
}
