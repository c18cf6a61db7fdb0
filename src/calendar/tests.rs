//! Boundaries with fixed dates, and what holds on every day.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn period(per: Per, text: &str) -> String {
    let Period { begins, ends } = per.period(day(text));
    format!("{begins} to {ends}")
}

#[test]
fn a_day_is_written_and_read_back() {
    assert_eq!(day("1970-01-01"), Day(0));
    assert_eq!(day("9999-12-31"), Day(LAST));
    for text in ["2024-02-29", "2000-02-29", "2026-12-31", "2027-01-01", "1970-01-01", "9999-12-31"] {
        assert_eq!(day(text).to_string(), text);
        assert_eq!(Day::of(day(text).begins()), day(text));
        assert_eq!(Day::of(day(text).begins() + Duration::from_millis(86_399_999)), day(text), "its last moment");
    }
}

#[test]
fn what_is_no_day_is_told() {
    for text in [
        "",
        "today",
        "2026-11",
        "2026-11-31",
        "2025-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "1969-12-31",
        "26-11-26",
        "2026-1-26",
        "+026-11-26",
        "2026-11-26T00:00:00Z",
        " 2026-11-26",
        "2026-11-2\u{661}",
        "20261-1-26",
        "10000-01-01",
    ] {
        assert!(text.parse::<Day>().is_err(), "{text}");
    }
    assert_eq!("yesterday".parse::<Day>().unwrap_err(), "`yesterday` is no day; write it as 2026-11-26");
}

#[test]
fn moments_that_no_day_has_are_the_nearest_end() {
    assert_eq!(Day::of(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), Day(0));
    assert_eq!(Day::of(day("9999-12-31").begins() + Duration::from_secs(10 * SECONDS)), Day(LAST));
    assert_eq!(Day(LAST).plus(1), Day(LAST));
    assert_eq!(Day(1).minus(2), Day(0));
}

#[test]
fn a_day_ends_at_midnight_utc() {
    assert_eq!(period(Per::Day, "2026-11-26"), "2026-11-26 to 2026-11-27");
    assert_eq!(period(Per::Day, "2026-12-31"), "2026-12-31 to 2027-01-01");
    let last = day("2026-12-31").plus(1).begins() - Duration::from_millis(1500);
    assert_eq!(Per::Day.period(Day::of(last)).left(last), Duration::from_millis(1500));
}

#[test]
fn a_week_begins_on_monday_whatever_year_it_is() {
    assert_eq!(period(Per::Week, "2026-11-23"), "2026-11-23 to 2026-11-30", "a Monday");
    assert_eq!(period(Per::Week, "2026-11-29"), "2026-11-23 to 2026-11-30", "a Sunday");
    // 2026 has 53 weeks (ISO 8601): the last one goes into 2027.
    for text in ["2026-12-28", "2026-12-31", "2027-01-01", "2027-01-03"] {
        assert_eq!(period(Per::Week, text), "2026-12-28 to 2027-01-04", "{text}");
    }
    assert_eq!(period(Per::Week, "2027-01-04"), "2027-01-04 to 2027-01-11");
    assert_eq!(period(Per::Week, "2024-12-30"), "2024-12-30 to 2025-01-06", "the first week of 2025 begins in 2024");
    assert_eq!(period(Per::Week, "1970-01-01"), "1970-01-01 to 1970-01-05", "a Thursday, and the first day there is");
}

#[test]
fn a_month_is_as_long_as_it_is() {
    assert_eq!(period(Per::Month, "2026-02-01"), "2026-02-01 to 2026-03-01");
    assert_eq!(period(Per::Month, "2024-02-29"), "2024-02-01 to 2024-03-01", "a leap year");
    assert_eq!(period(Per::Month, "2000-02-29"), "2000-02-01 to 2000-03-01", "so is every fourth century");
    assert_eq!(period(Per::Month, "2100-02-28"), "2100-02-01 to 2100-03-01");
    assert_eq!(period(Per::Month, "2026-12-31"), "2026-12-01 to 2027-01-01");
    assert_eq!(Per::Month.period(day("2100-02-28")).length(), Duration::from_secs(28 * SECONDS));
    assert_eq!(Per::Month.period(day("2024-02-28")).length(), Duration::from_secs(29 * SECONDS));
}

proptest! {
    #[test]
    fn every_moment_is_in_its_period_and_the_next_boundary_is_near(seconds in 0..=(u64::from(LAST) * SECONDS + SECONDS - 1)) {
        let now = clock::from_seconds(seconds);
        for per in Per::ALL {
            let period = per.period(Day::of(now));
            prop_assert!(period.begins.begins() <= now);
            let left = period.left(now);
            prop_assert!(left > Duration::ZERO && left <= Duration::from_secs(31 * SECONDS), "{left:?}");
            prop_assert!(left <= period.length());
            prop_assert_eq!(per.period(period.begins), period, "its first day is in it");
            prop_assert_eq!(per.period(Day(period.ends.0 - 1)), period, "and its last");
            if period.ends.0 <= LAST {
                prop_assert_eq!(per.period(period.ends).begins, period.ends, "the next one begins where it ends");
            }
        }
    }

    #[test]
    fn every_day_reads_back(number in 0..=LAST) {
        prop_assert_eq!(Day(number).to_string().parse::<Day>(), Ok(Day(number)));
    }

    #[test]
    fn no_text_is_too_odd(text in any::<String>()) {
        let _ = text.parse::<Day>();
    }
}
