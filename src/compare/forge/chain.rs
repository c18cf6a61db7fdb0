//! What a caller sends of certificates when it does not send its own alone.

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;

use super::certificate::{Maker, Minted, authority, fresh, private, sign};
use crate::{caller::Identity, compare::scenario::Chain};

/// How many certificates are a chain that is too long for anybody.
const TOO_LONG: usize = 20;

/// A caller's certificate by `params`, signed and sent as `chain` says.
pub(super) fn send(chain: Chain, params: &CertificateParams, maker: Maker) -> Result<Minted, String> {
    match chain {
        Chain::MakerItself => Ok(Minted { chain: vec![maker.certificate], key: private(maker.issuer.key()) }),
        Chain::Intermediate => below(1, params, maker),
        Chain::IntermediateMissing => {
            let mut made = below(1, params, maker)?;
            made.chain.truncate(1);
            Ok(made)
        }
        Chain::Swapped => {
            let mut made = below(2, params, maker)?;
            made.chain[1..].reverse();
            Ok(made)
        }
        Chain::Alone | Chain::Reversed | Chain::Extra => Err("there is no certificate to send with others".into()),
        Chain::TwentyLong => below(TOO_LONG - 1, params, maker),
        Chain::SignedByACaller => {
            let (other, key) = (params.clone(), fresh()?);
            let certificate = other.signed_by(&key, &maker.issuer).map_err(|error| error.to_string())?.der().clone();
            let mut made = sign(params, &Issuer::new(other, key))?;
            made.chain.push(certificate);
            Ok(made)
        }
    }
}

/// The authority first, the caller's own certificate last.
pub(super) fn reversed(held: &Identity, authority: CertificateDer<'static>) -> Identity {
    held.with_chain(std::iter::once(authority).chain(held.chain().first().cloned()).collect())
}

/// The caller's own chain, and a certificate that has nothing to do with it.
pub(super) fn with_a_stray(held: &Identity) -> Result<Identity, String> {
    let stray = authority("nobody's").self_signed(&fresh()?).map_err(|error| error.to_string())?;
    Ok(held.with_chain(held.chain().iter().cloned().chain([stray.der().clone()]).collect()))
}

/// Behind so many authorities, each signed by the one after it, and the last by `maker`.
fn below(authorities: usize, params: &CertificateParams, maker: Maker) -> Result<Minted, String> {
    let mut issuer: Issuer<'static, KeyPair> = maker.issuer;
    let mut sent: Vec<CertificateDer<'static>> = Vec::new();
    for number in 1..=authorities {
        let (next, key) = (authority(&format!("authority {number} below")), fresh()?);
        let certificate = next.signed_by(&key, &issuer).map_err(|error| error.to_string())?;
        sent.insert(0, certificate.der().clone());
        issuer = Issuer::new(next, key);
    }
    let mut made = sign(params, &issuer)?;
    made.chain.extend(sent);
    Ok(made)
}
