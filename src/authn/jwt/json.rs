//! JSON objects as tokens hold them: read once, borrowed where possible, no member there twice at any depth.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// Room for the members that a usual header or payload has.
const USUAL: usize = 12;

/// The members of one object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// The value of a member, as exactly as anybody here asks for it: what is never asked for is `Other`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number from 0 to 2^64 − 1, written without fraction and exponent.
    Whole(u64),
    /// An array.
    List(Vec<Value<'a>>),
    /// Null, true, false, any other number, an object.
    Other,
}

impl<'a> Object<'a> {
    /// Reads one whole text.
    ///
    /// # Errors
    /// When it is not JSON (RFC 8259), not an object, or a member is there twice.
    pub(super) fn read(text: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text)
    }

    /// The value of a member; `None` when it is not there.
    pub(super) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether a member is there, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl Value<'_> {
    /// The string that it is.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The whole number that it is.
    pub(super) fn whole(&self) -> Option<u64> {
        if let Self::Whole(number) = self { Some(*number) } else { None }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<'de>, A::Error> {
                members(map).map(Object)
            }
        }
        from.deserialize_map(Members)
    }
}

/// A member's name: borrowed unless it is written with escapes, which are resolved before names are compared.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Text(name) => Ok(Self(name)),
            _ => Err(D::Error::custom("a name is a string")),
        }
    }
}

fn members<'de, A: MapAccess<'de>>(mut map: A) -> Result<Vec<(Cow<'de, str>, Value<'de>)>, A::Error> {
    let mut members = Vec::with_capacity(USUAL);
    while let Some((Name(name), value)) = map.next_entry::<Name<'de>, Value<'de>>()? {
        members.push((name, value));
    }
    // Sorted, because comparing each with each would be work for whoever sends a thousand members.
    let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(A::Error::custom("a member is there twice"));
    }
    Ok(members)
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Whole(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value<'de>, A::Error> {
        members(map).map(|_| Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_exactly_and_borrowed_where_nothing_is_escaped() {
        let text = br#"{"a":"x","b":"\u0078","c":7,"d":-7,"e":7.0,"f":7e0,"g":null,"h":["x",1],"i":{"x":1},"j":true}"#;
        let object = Object::read(text).unwrap();
        assert!(matches!(object.get("a"), Some(Value::Text(Cow::Borrowed("x")))));
        assert!(matches!(object.get("b"), Some(Value::Text(Cow::Owned(text))) if text == "x"));
        assert_eq!(object.get("c").and_then(Value::whole), Some(7));
        for other in ["d", "e", "f", "g", "i", "j"] {
            assert_eq!(object.get(other), Some(&Value::Other), "{other}");
        }
        assert_eq!(object.get("h"), Some(&Value::List(vec![Value::Text("x".into()), Value::Whole(1)])));
        assert!(object.has("g") && !object.has("z"));
    }

    #[test]
    fn a_member_may_not_be_there_twice_at_any_depth_or_by_another_spelling() {
        for twice in [
            r#"{"iss":"a","iss":"b"}"#,
            r#"{"iss":"a","x":1,"iss":"a"}"#,
            r#"{"iss":"a","\u0069ss":"b"}"#,
            r#"{"x":{"y":1,"y":2}}"#,
            r#"{"x":[{"y":{"z":1,"z":1}}]}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert!(Object::read(twice.as_bytes()).is_err(), "{twice}");
        }
        for once in [r#"{"x":{"y":1},"y":{"x":1}}"#, r#"{"x":1,"X":1}"#, r#"{"x":[{"y":1},{"y":2}]}"#, "{}"] {
            assert!(Object::read(once.as_bytes()).is_ok(), "{once}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "null", "[]", "\"x\"", "1", "{", "{}{}", "{} x", r#"{"a":1e400}"#, r#"{"a":"\ud800"}"#, "\u{feff}{}"] {
            assert!(Object::read(text.as_bytes()).is_err(), "{text}");
        }
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(Object::read(deep(100).as_bytes()).is_ok());
        assert!(Object::read(deep(4000).as_bytes()).is_err(), "the stack is finite");
    }

    #[test]
    fn ten_thousand_members_are_no_work() {
        let many: Vec<String> = (0..10_000).map(|number| format!("\"{number}\":0")).collect();
        assert!(Object::read(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
        assert!(Object::read(format!("{{{},\"77\":0}}", many.join(",")).as_bytes()).is_err());
    }
}
