//! Blanks in the texts of a scenario: `{token}` stands for what is known only while it runs.
//!
//! A blank is a lower-case word in braces, perhaps with a number: `{iss}`, `{now+3600}`, `{a*5000}`. Braces around anything else
//! are braces, so that JSON can be written as it is.

use crate::clock;

/// The most that one blank may grow to.
const LONGEST: usize = 1 << 20;

/// Fills the blanks of `text`. `known` gives the text for a word; times and repetitions are known to everybody.
///
/// # Errors
/// A sentence that names the blank that nobody can fill.
pub fn fill(text: &str, known: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, blank, after)) = next(rest) {
        filled.push_str(before);
        let value = known(blank).or_else(|| common(blank)).ok_or_else(|| format!("nothing here is called `{{{blank}}}`"))?;
        filled.push_str(&value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The first blank of `text` that is none of `words`.
pub(super) fn unknown<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    let mut rest = text;
    while let Some((_, blank, after)) = next(rest) {
        if !words.contains(&blank) && common(blank).is_none() {
            return Some(blank);
        }
        rest = after;
    }
    None
}

/// What stands before the next blank, its word, and what follows.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('{').find_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let (word, rest) = after.split_once('}')?;
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_+-*".contains(letter);
        (word.starts_with(|first: char| first.is_ascii_lowercase()) && word.chars().all(plain)).then_some((before, word, rest))
    })
}

/// `now`, `now+3600`, `now-1` in seconds since 1970; `a*5000` as so many letters.
fn common(blank: &str) -> Option<String> {
    if let Some((letters, times)) = blank.split_once('*') {
        let times = times.parse().ok().filter(|times| letters.len().saturating_mul(*times) <= LONGEST)?;
        return Some(letters.repeat(times));
    }
    let shift: i64 = match blank.strip_prefix("now")? {
        "" => 0,
        shift => shift.parse().ok().filter(|_| shift.starts_with(['+', '-']))?,
    };
    Some(clock::seconds(clock::now()).saturating_add_signed(shift).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        fill(text, |word| (word == "iss").then(|| "https://i".to_owned()))
    }

    #[test]
    fn a_word_in_braces_is_filled_and_other_braces_stay() {
        assert_eq!(filled("{iss}/{iss}").unwrap(), "https://i/https://i");
        assert_eq!(filled("{a*3}").unwrap(), "aaa");
        for same in ["", "{}", "{\"a\":{}}", "${IFS}", "{ iss }", "{iss", "iss}", "{1}"] {
            assert_eq!(filled(same).unwrap(), same);
        }
        assert_eq!(filled("{\"a\":\"{iss}\"}").unwrap(), "{\"a\":\"https://i\"}");
    }

    #[test]
    fn times_are_counted_from_now() {
        let now = clock::seconds(clock::now());
        let read = |text| filled(text).unwrap().parse::<u64>().unwrap();
        assert!((now..now + 2).contains(&read("{now}")));
        assert!((now + 3600..now + 3602).contains(&read("{now+3600}")));
        assert!((now - 60..now - 58).contains(&read("{now-60}")));
    }

    #[test]
    fn what_nobody_can_fill_is_named() {
        for odd in ["{iis}", "{now3}", "{now+}", "{a*}", "{a*99999999}", "{now+x}"] {
            assert_eq!(filled(odd).unwrap_err(), format!("nothing here is called `{odd}`"), "{odd}");
        }
        assert_eq!(unknown("{iss} {token} {now}", &["iss"]), Some("token"));
        assert_eq!(unknown("{iss} {\"x\"}", &["iss"]), None);
    }
}
