//! What the memory holds, counted: every credential is looked at once.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use super::{
    Memory,
    record::{Caller, CertificateState, State, Which},
};
use crate::{
    census::{Census, Ending, Standing},
    lifetime::Life,
    principal::Kind,
};

impl Memory {
    /// How many credentials there are in which state, and which of them end first. Takes as long as there are many: not for
    /// the request path.
    pub fn census(&self, now: SystemTime) -> Census {
        let mut census = Census::default();
        for which in Which::ALL.iter().copied() {
            self.each_caller(which, |caller| count(&mut census, caller, now));
        }
        self.count_certificates(&mut census, now);
        census
    }

    /// A caller that was given a new certificate need not fear the end of the old one.
    fn count_certificates(&self, census: &mut Census, now: SystemTime) {
        let mut last: HashMap<Arc<str>, Life> = HashMap::new();
        self.each_certificate(|record| {
            let standing = match record.state {
                CertificateState::Revoked => Standing::Revoked,
                CertificateState::Active if record.not_after <= now => Standing::Expired,
                CertificateState::Active => Standing::Active,
            };
            census.count(Kind::Certificate, standing);
            if standing == Standing::Active {
                let life = Life { from: record.not_before, until: record.not_after };
                let known = last.entry(Arc::clone(&record.name)).or_insert(life);
                if known.until < life.until {
                    *known = life;
                }
            }
        });
        for life in last.into_values() {
            census.lives(Ending::ClientCertificate, life);
        }
    }
}

fn count(census: &mut Census, caller: &Caller, now: SystemTime) {
    let standing = match caller.state {
        State::Revoked => Standing::Revoked,
        _ if caller.ends.is_some_and(|end| end <= now) => Standing::Expired,
        State::Disabled => Standing::Disabled,
        State::Active => Standing::Active,
    };
    census.count(caller.which.into(), standing);
    if standing != Standing::Active {
        return;
    }
    if let Some(until) = caller.ends {
        census.lives(Ending::Key, Life { from: caller.created, until });
    }
    let secret = match caller.which {
        Which::Client => Ending::ClientSecret,
        Which::Key => Ending::KeySecret,
    };
    let ends = caller.secrets.iter().filter_map(|secret| secret.ends).filter(|end| *end > now);
    for end in ends {
        census.ends(secret, end);
    }
}
