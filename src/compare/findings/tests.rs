//! What is read as findings, and what is not.

use super::*;

#[test]
fn what_is_not_findings_says_why() {
    assert_eq!(Findings::from_json(b"{\"version\":2}"), Err(Unreadable::Version(2)));
    for (text, why) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{}", "it has no `version`"),
        ("[1]", "it has no `version`"),
        ("{\"version\":\"1\"}", "it has no `version`"),
        ("{\"version\":1,\n\"made\":2}", "invalid type: integer `2`, expected a string at line 2 column 8"),
    ] {
        assert_eq!(Findings::from_json(text.as_bytes()), Err(Unreadable::Broken(why.into())), "{text}");
    }
}
