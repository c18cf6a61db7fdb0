//! Variants of one step: each is a table that is laid over the verb's own.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::{Spanned, Table, Value};

use super::{
    REFERENCE,
    step::{Variant, Verb},
};
use crate::document::{Document, Fault, remedy_for};

/// A variant with the place where it stands.
pub(super) struct Placed {
    pub(super) variant: Variant,
    pub(super) at: Range<usize>,
}

/// Reads the variants of a step. `step` is the whole step as it is written, `verb` what was read of it.
///
/// # Errors
/// The first variant that is none, with its line.
pub(super) fn variants(
    document: &Document<'_>,
    each: Option<Spanned<Vec<Spanned<Table>>>>,
    step: &Table,
    verb: &Verb,
) -> Result<Vec<Placed>, Fault> {
    let Some(each) = each else { return Ok(Vec::new()) };
    let fault =
        |at: &Range<usize>, what: String, remedy: String| Fault { key: "step.each".into(), ..document.fault(at, what, remedy) };
    let Some(base) = name(verb).and_then(|name| step.get(name)?.as_table()) else {
        let remedy = "write further steps instead".into();
        return Err(fault(&each.span(), "only `call`, `ask` and `forge` have variants".into(), remedy));
    };
    if each.get_ref().is_empty() {
        let remedy = "name one, or leave `each` away".into();
        return Err(fault(&each.span(), "there is no variant, so nothing would happen".into(), remedy));
    }
    let one = |over: Spanned<Table>| {
        let at = over.span();
        if over.get_ref().contains_key("as") {
            let remedy = "begin a step of its own for another caller".into();
            return Err(fault(&at, "a variant changes what is done, not who does it".into(), remedy));
        }
        let written = document.slice(&at);
        let inner = written.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(written);
        let words = inner.split_whitespace().collect::<Vec<_>>().join(" ");
        let verb = read(verb, laid_over(base, over.into_inner())).map_err(|what| {
            let remedy = remedy_for(&what, REFERENCE);
            fault(&at, what, remedy)
        })?;
        Ok(Placed { variant: Variant { words, verb }, at })
    };
    each.into_inner().into_iter().map(one).collect()
}

fn name(verb: &Verb) -> Option<&'static str> {
    match verb {
        Verb::Call(_) => Some("call"),
        Verb::Ask(_) => Some("ask"),
        Verb::Forge(_) => Some("forge"),
        _ => None,
    }
}

/// The same verb from another table.
fn read(verb: &Verb, table: Table) -> Result<Verb, String> {
    fn of<T: DeserializeOwned>(table: Table) -> Result<T, String> {
        table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }
    match verb {
        Verb::Call(_) => of(table).map(Verb::Call),
        Verb::Ask(_) => of(table).map(Verb::Ask),
        Verb::Forge(_) => of(table).map(Verb::Forge),
        other => Ok(other.clone()),
    }
}

/// Tables are merged, everything else is replaced.
fn laid_over(base: &Table, over: Table) -> Table {
    let mut whole = base.clone();
    for (key, value) in over {
        let value = match (whole.get(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => Value::Table(laid_over(below, above)),
            (_, value) => value,
        };
        whole.insert(key, value);
    }
    whole
}
