//! How hard a key from elsewhere is to guess: an estimate, for keys that nobody should take over.
//!
//! What follows from what stands before it, or from a list of words, is worth one character, however long it is. What is left is
//! counted in bits. A key from a generator is far above the bound; a word with a number behind it is far below.

/// Fewer bits than this can be tried through by who holds the hash.
const ENOUGH: f64 = 80.0;
/// Fewer different characters than this are no accident.
const DIFFERENT: usize = 8;
/// A run, a sequence, a word or a repetition is at least so long.
const RUN: usize = 3;
const PIECE: usize = 4;

/// Neighbours on keyboards and in alphabets: whoever goes along them chooses little.
const SEQUENCES: &[&str] = &["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"];

/// Words that people write into keys.
const WORDS: &[&str] = &[
    "access",
    "account",
    "admin",
    "amazon",
    "apikey",
    "authbench",
    "backend",
    "billing",
    "changeme",
    "client",
    "company",
    "credential",
    "default",
    "demo",
    "develop",
    "dummy",
    "example",
    "frontend",
    "gateway",
    "hello",
    "internal",
    "letmein",
    "local",
    "login",
    "master",
    "monkey",
    "partner",
    "password",
    "placeholder",
    "private",
    "prod",
    "production",
    "public",
    "root",
    "sample",
    "secret",
    "server",
    "service",
    "staging",
    "summer",
    "system",
    "temp",
    "test",
    "token",
    "user",
    "welcome",
    "winter",
    "world",
    "your",
];

/// Why a key should not be taken over; `None` when it is hard enough to guess. The sentence goes on after "the key …".
pub fn weakness(key: &str) -> Option<String> {
    let text = key.to_ascii_lowercase();
    let text = text.as_bytes();
    if text.iter().all(u8::is_ascii_digit) {
        return Some("is of digits alone".into());
    }
    let different = (0..=u8::MAX).filter(|octet| text.contains(octet)).count();
    if different < DIFFERENT {
        return Some(format!("has only {different} different characters"));
    }
    let (mut free, mut cheap, mut at) = (0_u32, Vec::new(), 0);
    while at < text.len() {
        let (length, what) = cheapest(text, at).unwrap_or((1, String::new()));
        if !what.is_empty() && !cheap.contains(&what) {
            cheap.push(what);
        }
        free += 1;
        at += length;
    }
    let bits = f64::from(free) * alphabet(key).log2();
    let why = if cheap.is_empty() { "it is too short for its alphabet".to_owned() } else { cheap.join(", ") };
    (bits < ENOUGH).then(|| format!("is worth about {bits:.0} bits where {ENOUGH:.0} are wanted: {why}"))
}

/// The longest piece that begins here and follows from something, and from what.
fn cheapest(text: &[u8], at: usize) -> Option<(usize, String)> {
    let (before, rest) = text.split_at(at);
    let run = rest.iter().take_while(|octet| **octet == rest[0]).count();
    let sequence = SEQUENCES.iter().map(|line| along(line.as_bytes(), rest)).max().unwrap_or(0);
    let repeated =
        (PIECE..=rest.len()).take_while(|length| before.windows(*length).any(|piece| piece == &rest[..*length])).last();
    let word = WORDS.iter().filter(|word| begins(rest, word.as_bytes())).max_by_key(|word| word.len());
    let all = [
        (run, "a run of one character".to_owned()),
        (if sequence < PIECE { 0 } else { sequence }, "a sequence".to_owned()),
        (repeated.unwrap_or(0), "a repetition".to_owned()),
        (word.map_or(0, |word| word.len()), word.map_or(String::new(), |word| format!("the word `{word}`"))),
    ];
    all.into_iter().filter(|(length, _)| *length >= RUN).max_by_key(|(length, _)| *length)
}

/// For how long `rest` goes along a line, forwards or backwards.
fn along(line: &[u8], rest: &[u8]) -> usize {
    let from = |at: usize| shared(line[at..].iter(), rest).max(shared(line[..=at].iter().rev(), rest));
    (0..line.len()).map(from).max().unwrap_or(0)
}

fn shared<'a>(line: impl Iterator<Item = &'a u8>, rest: &[u8]) -> usize {
    line.zip(rest).take_while(|(one, other)| one == other).count()
}

/// Whether a word begins here, also with digits for letters.
fn begins(rest: &[u8], word: &[u8]) -> bool {
    let same = |(octet, letter): (&u8, &u8)| {
        octet == letter
            || matches!(
                (octet, letter),
                (b'0', b'o') | (b'1', b'i' | b'l') | (b'3', b'e') | (b'4', b'a') | (b'5', b's') | (b'7', b't')
            )
    };
    rest.len() >= word.len() && rest.iter().zip(word).all(same)
}

/// Out of how many characters a key is made, as far as one can see.
fn alphabet(key: &str) -> f64 {
    let has = |kind: fn(&u8) -> bool| key.bytes().any(|octet| kind(&octet));
    let hexadecimal = key.bytes().all(|octet| octet.is_ascii_hexdigit());
    match (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase)) {
        (true, true) => 62.0,
        _ if hexadecimal => 16.0,
        _ if has(u8::is_ascii_digit) => 36.0,
        _ => 26.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::random_text;

    #[test]
    fn what_a_generator_makes_is_taken() {
        for length in [20, 32, 40, 128] {
            for _ in 0..200 {
                let key = random_text(length).unwrap();
                assert_eq!(weakness(&key), None, "{key}");
            }
        }
        // Random octets in hexadecimal, and in lower-case letters with digits.
        for key in ["b71d9c02fe4a8853d60f", "9f86d081884c7d659a2feaa0c55ad015", "q7x2m9kd4vz8w1rt6pjh3", "qzvkxjwyhgbdmtrplnfc"] {
            assert_eq!(weakness(key), None, "{key}");
        }
    }

    #[test]
    fn what_a_person_makes_is_not() {
        let told = |key: &str| weakness(key).unwrap_or_else(|| panic!("{key} is taken"));
        insta::assert_snapshot!(told("49285710384756102938"), @"is of digits alone");
        insta::assert_snapshot!(told("aabbccddaabbccddaabbc"), @"has only 4 different characters");
        insta::assert_snapshot!(told("passwordpassword1234"), @"is worth about 16 bits where 80 are wanted: the word `password`, a sequence");
        insta::assert_snapshot!(told("MyPartnerApiKey2024test"), @"is worth about 54 bits where 80 are wanted: the word `partner`, the word `apikey`, the word `test`");
        insta::assert_snapshot!(told("abcdefghijklmnopqrst"), @"is worth about 5 bits where 80 are wanted: a sequence");
        insta::assert_snapshot!(told("qwertyuiopasdfghjklzxcvbnm"), @"is worth about 14 bits where 80 are wanted: a sequence");
        insta::assert_snapshot!(told("zyxwvutsrqponmlkjihg9876543210"), @"is worth about 10 bits where 80 are wanted: a sequence");
        insta::assert_snapshot!(told("aaaaaaaaBBBBBBBBcccccccc1234567x"), @"is worth about 30 bits where 80 are wanted: a run of one character, a sequence");
        insta::assert_snapshot!(told("x7Kp2QmZx7Kp2QmZx7Kp2QmZ"), @"is worth about 60 bits where 80 are wanted: a repetition");
        insta::assert_snapshot!(told("3xampl3S3cr3tT0k3nForT3st1ng"), @"is worth about 60 bits where 80 are wanted: the word `example`, the word `secret`, the word `token`, the word `test`");
        insta::assert_snapshot!(told("9f86d081884c7d699999a2f"), @"is worth about 76 bits where 80 are wanted: a run of one character");
        insta::assert_snapshot!(told("9f86d081884c7d659a2"), @"is worth about 76 bits where 80 are wanted: it is too short for its alphabet");
    }
}
