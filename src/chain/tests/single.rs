//! One file: whatever is done to it is noticed, and told with its line.

use proptest::prelude::*;

use super::*;

#[test]
fn a_log_that_nobody_touched_is_whole() {
    for lines in [1, 2, 30] {
        let (lines, head) = log(lines);
        assert_eq!(told(&[&text(&lines)], known(head), false), "");
    }
}

#[test]
fn what_was_done_is_told_with_its_line() {
    let (lines, head) = log(6);
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        told(&[&text(&lines)], known(head), false)
    };
    insta::assert_snapshot!(with(&|lines| lines[2] = lines[2].replace("revoked", "expired")), @"! f0:3: was changed: its hash is not that of what it says");
    insta::assert_snapshot!(with(&|lines| drop(lines.remove(2))), @"! f0:3: seq 3 should stand before it: lines were removed");
    insta::assert_snapshot!(with(&|lines| drop(lines.drain(1..4))), @"! f0:2: seq 2 to 4 should stand before it: lines were removed");
    insta::assert_snapshot!(with(&|lines| lines.swap(1, 2)), @"
    ! f0:2: seq 2 should stand before it: lines were removed
    ! f0:3: is out of order or there twice: seq 2 after 3
    ");
    insta::assert_snapshot!(with(&|lines| lines.insert(3, lines[2].clone())), @"! f0:4: is out of order or there twice: seq 3 after 3");
    insta::assert_snapshot!(with(&|lines| lines.insert(3, "{}".into())), @"! f0:4: is no line of an audit log, or only a part of one");
    insta::assert_snapshot!(with(&|lines| lines.insert(3, String::new())), @"! f0:4: is empty");
    insta::assert_snapshot!(with(&|lines| lines.truncate(4)), @"! f0: ends at seq 4, and the store knows of seq 6: the end was cut off");
    insta::assert_snapshot!(with(&|lines| drop(lines.remove(0))), @"! f0:1: the log begins here at seq 2: what was before is not here");
    insta::assert_snapshot!(with(&|lines| lines[5] = "x".repeat(LONGEST + 1)), @"
    ! f0:6: is longer than any that is written here
    ! f0: ends at seq 5, and the store knows of seq 6: the end was cut off
    ");
}

#[test]
fn who_can_count_hashes_and_not_write_the_store_is_noticed() {
    let (mut lines, head) = log(6);
    let mut other = Head::START;
    for line in lines.iter_mut().take(3) {
        *line = other.seal(WRITER, &refusal("nothing happened")).trim_end().to_owned();
    }
    insta::assert_snapshot!(told(&[&text(&lines)], known(head), false), @"! f0:4: does not follow the line before it: one of the two was exchanged");
    for line in lines.iter_mut().skip(3) {
        *line = other.seal(WRITER, &refusal("nothing happened")).trim_end().to_owned();
    }
    insta::assert_snapshot!(told(&[&text(&lines)], known(head), false), @"! f0:6: is not the line that the store knows by this seq: it or one before it was exchanged");
}

#[test]
fn a_line_of_another_log_is_none_of_this_one() {
    let (mut lines, head) = log(3);
    lines.insert(1, Head::START.clone().seal("server-\u{1b}[31m", &refusal("")).trim_end().to_owned());
    insta::assert_snapshot!(told(&[&text(&lines)], known(head), false), @r"! f0:2: is of another log, `server-\u{1b}[31m`");
}

#[test]
fn a_cut_in_a_line_is_a_fault_before_the_known_end_and_none_after_it() {
    let (lines, head) = log(4);
    let whole = text(&lines);
    insta::assert_snapshot!(told(&[&whole[..whole.len() - 1]], known(head), false), @"! f0:4: has no end of line: the file was cut");
    insta::assert_snapshot!(told(&[&whole[..whole.len() - 9]], known(head), false), @"
    f0:4: is a part of a line, after what the store knows: being written, or its writer was killed
    ! f0: ends at seq 3, and the store knows of seq 4: the end was cut off
    ");
    let third = Link::read(lines[2].as_bytes()).unwrap();
    let earlier = Head { seq: 3, hash: third.hash };
    insta::assert_snapshot!(told(&[&whole[..whole.len() - 9]], known(earlier), false), @"f0:4: is a part of a line, after what the store knows: being written, or its writer was killed");
    insta::assert_snapshot!(told(&[&whole], known(earlier), false), @"f0: lines after what the store knows: 1, the last second of a server that runs or was killed");
}

/// One thing that somebody may do to a file.
#[derive(Debug, Clone)]
enum Edit {
    Octet(usize, u8),
    Remove(usize),
    Twice(usize, usize),
    Swap(usize, usize),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Rebuild(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || 0..10_000_usize;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, octet)| Edit::Octet(at, octet)),
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(from, to)| Edit::Twice(from, to)),
        (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
        at().prop_map(Edit::Cut),
        (at(), proptest::collection::vec(any::<u8>(), 0..80)).prop_map(|(at, octets)| Edit::Insert(at, octets)),
        at().prop_map(Edit::Rebuild),
    ]
}

fn edited(lines: &[String], edit: &Edit) -> Vec<u8> {
    let mut lines = lines.to_vec();
    let count = lines.len();
    let mut octets = text(&lines).into_bytes();
    let length = octets.len();
    match edit {
        Edit::Octet(at, octet) => octets[at % length] = *octet,
        Edit::Cut(at) => octets.truncate(at % length),
        Edit::Insert(at, more) => drop(octets.splice(at % length..at % length, more.iter().copied())),
        Edit::Remove(at) => drop(lines.remove(at % count)),
        Edit::Twice(from, to) => lines.insert(to % (count + 1), lines[from % count].clone()),
        Edit::Swap(one, other) => lines.swap(one % count, other % count),
        Edit::Rebuild(from) => {
            let from = from % count;
            let before = from.checked_sub(1).map(|before| Link::read(lines[before].as_bytes()).unwrap());
            let mut head = before.map_or(Head::START, |link| Head { seq: link.seq, hash: link.hash });
            for line in &mut lines[from..] {
                *line = head.seal(WRITER, &refusal("otherwise")).trim_end().to_owned();
            }
        }
    }
    if matches!(edit, Edit::Octet(..) | Edit::Cut(_) | Edit::Insert(..)) { octets } else { text(&lines).into_bytes() }
}

/// The octets as a reader of files passes them on.
fn faults(octets: &[u8], heads: BTreeMap<String, Head>) -> u64 {
    let mut checker = Checker::new(heads, false);
    checker.begin("f");
    let mut lines: Vec<_> = octets.split(|octet| *octet == b'\n').collect();
    let rest = lines.pop().unwrap_or_default();
    for line in lines {
        checker.line(line);
    }
    if !rest.is_empty() {
        checker.rest(rest);
    }
    checker.finish().2
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn every_single_change_is_noticed(count in 1..12_usize, edit in edit()) {
        let (lines, head) = log(count);
        let changed = edited(&lines, &edit);
        prop_assume!(changed != text(&lines).as_bytes());
        prop_assert!(faults(&changed, known(head)) > 0, "{edit:?}");
    }

    #[test]
    fn no_file_is_too_strange(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        faults(&octets, known(Head { seq: u64::MAX, hash: Hash::NONE }));
    }

    #[test]
    fn no_line_is_too_strange(
        seq in prop_oneof!["[0-9]{1,30}", "-1", "1e99", "\"1\"", "null", "\\[\\[\\[\\["],
        writer in prop_oneof!["\"server-1\"", "\"\"", "7", "null"],
        hash in prop_oneof!["\"[0-9a-f]{64}\"", "\"[0-9a-f]{0,70}\"", "1"],
    ) {
        let line = format!("{{\"seq\":{seq},\"writer\":{writer},\"prev\":{hash},\"hash\":{hash}}}\n");
        let octets = [&line, &line, &text(&log(2).0), &line].map(String::as_bytes).concat();
        let heads = known(Head { seq: u64::MAX, hash: Hash::NONE });
        prop_assert!(faults(&octets, heads) > 0);
    }
}
