//! K1: keys come from the system's generator and hold 128 bits at least.

use std::collections::HashSet;

use super::printed;
use crate::lab::Lab;

/// Enough to see a letter that is never drawn, or one that is drawn too often.
const MANY: usize = 60;

fn letters(profile: &str) -> Vec<String> {
    let lab = Lab::new();
    lab.configure(&format!("profile = \"{profile}\"\n"));
    (0..MANY).map(|n| printed(&lab, &["key", "add", &format!("caller-{n}")])).collect()
}

/// Every place takes every letter, about equally often.
fn are_drawn_evenly(secrets: &[&str]) {
    let all: String = secrets.concat();
    let drawn: HashSet<char> = all.chars().collect();
    assert_eq!(drawn.len(), 62, "{drawn:?}");
    let usual = all.len() / 62;
    for letter in drawn {
        let times = all.matches(letter).count();
        // Six standard deviations of a count of some 30 or 40.
        assert!(times <= usual * 2 + 10, "`{letter}` {times} times in {}", all.len());
    }
    let places = secrets[0].len();
    for at in 0..places {
        let here: HashSet<&str> = secrets.iter().map(|secret| &secret[at..=at]).collect();
        assert!(here.len() > 20, "place {at} takes {} letters only", here.len());
    }
}

fn bits(secret: &str) -> f64 {
    f64::from(u32::try_from(secret.len()).unwrap()) * 62_f64.log2()
}

#[test]
fn k1_a_key_holds_128_bits_and_no_two_are_alike() {
    let keys = letters("standard");
    let secrets: Vec<&str> = keys.iter().map(|key| &key[16..48]).collect();
    assert!(keys.iter().all(|key| key.len() == 54 && key.starts_with("ab_")), "{keys:?}");
    assert!(secrets.iter().all(|secret| bits(secret) >= 128.0));
    assert_eq!(secrets.iter().collect::<HashSet<_>>().len(), MANY);
    assert_eq!(keys.iter().map(|key| &key[3..15]).collect::<HashSet<_>>().len(), MANY, "ids");
    are_drawn_evenly(&secrets);
}

#[test]
fn k1_so_does_one_for_servers_of_the_aws_profile() {
    let keys = letters("aws");
    assert!(keys.iter().all(|key| key.len() == 40 && key.bytes().all(|octet| octet.is_ascii_alphanumeric())), "{keys:?}");
    assert!(keys.iter().all(|key| bits(key) >= 128.0));
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), MANY);
    are_drawn_evenly(&keys.iter().map(String::as_str).collect::<Vec<_>>());
}
