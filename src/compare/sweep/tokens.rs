//! What the token signer's algorithm costs: giving a token out, verifying one that is new, and meeting one again.

use super::{Prepared, turns::Kind};
use crate::{
    compare::{
        bench::{Bench, Setup, place},
        findings::Axis,
    },
    mode::{Mode, Profile},
};

/// Every key that tokens are signed with here; RSA with 2048 bits signs in the `aws` profile alone.
const KEYS: [(&str, &str, Profile); 4] = [
    ("ES256", "ES256", Profile::Standard),
    ("EdDSA", "EdDSA", Profile::Standard),
    ("RS256, 3072 bits", "RS256", Profile::Standard),
    ("RS256, 2048 bits", "RS256", Profile::Aws),
];

/// Two servers for each key: one that remembers tokens, and one that verifies each token at every call, as it would one that it has
/// never seen.
pub(super) async fn prepare() -> Result<Prepared, String> {
    let mut prepared = Prepared::new(Axis::TokenKey, Mode::Jwt);
    for (name, algorithm, profile) in KEYS {
        let point = prepared.point(name, None);
        let remembering = open(algorithm, profile, &[]).await?;
        let forgetting = open(algorithm, profile, &[("token_cache", 0.into())]).await?;
        prepared.put(point, &remembering, Kind::Kept);
        prepared.put(point, &forgetting, Kind::Unseen);
        prepared.put(point, &remembering, Kind::Issue);
        prepared.keep(point, remembering);
        prepared.keep(point, forgetting);
    }
    Ok(prepared)
}

async fn open(algorithm: &str, profile: Profile, more: &[(&str, toml::Value)]) -> Result<Bench, String> {
    let mut jwt: toml::Table = more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    if profile == Profile::Standard {
        jwt.insert("algorithm".into(), algorithm.into());
    }
    let settings = toml::Table::from_iter([("jwt".to_owned(), jwt.into())]);
    Bench::open_in(place(settings)?, &Setup { profile, ..Setup::of(Mode::Jwt) }).await
}
