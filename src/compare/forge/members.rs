//! A JSON object as text, member by member: in order, with names that may be there twice, and values that need not be JSON.

use serde_json::{Map, Value};

/// The members of one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    /// Those of a JSON object.
    pub(super) fn of(octets: &[u8]) -> Option<Self> {
        let map: Map<String, Value> = serde_json::from_slice(octets).ok()?;
        Some(Self(map.into_iter().map(|(name, value)| (name, value.to_string())).collect()))
    }

    /// The value of a member.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(own, _)| own == name).and_then(|(_, json)| serde_json::from_str(json).ok())
    }

    /// The value as it reads within another text: a string without its quotes.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.set_json(name, value.into().to_string());
    }

    /// Puts this text where the value stands.
    pub(super) fn set_json(&mut self, name: &str, json: String) {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, value)) => *value = json,
            None => self.0.push((name.to_owned(), json)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| own != name);
    }

    /// A member of the same name at the beginning.
    pub(super) fn before(&mut self, name: &str, json: String) {
        self.0.insert(0, (name.to_owned(), json));
    }

    /// A member of the same name at the end.
    pub(super) fn after(&mut self, name: &str, json: String) {
        self.0.push((name.to_owned(), json));
    }
}

impl std::fmt::Display for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let members: Vec<_> = self.0.iter().map(|(name, json)| format!("{}:{json}", Value::from(name.as_str()))).collect();
        write!(f, "{{{}}}", members.join(","))
    }
}
