//! Several files: parts of one log that were put away, and logs of others.

use super::*;

/// A log in three files, and its end.
fn parts() -> ([String; 3], Head) {
    let (lines, head) = log(6);
    ([text(&lines[..2]), text(&lines[2..4]), text(&lines[4..])], head)
}

#[test]
fn parts_are_joined_whatever_they_are_called() {
    let ([first, second, third], head) = parts();
    for order in [[&first, &second, &third], [&third, &first, &second], [&second, &third, &first]] {
        assert_eq!(told(&order.map(String::as_str), known(head), false), "");
    }
}

#[test]
fn a_part_that_is_not_there_is_told_with_what_is_missing() {
    let ([first, second, third], head) = parts();
    insta::assert_snapshot!(told(&[&second, &third], known(head), false), @"! f0:1: the log begins here at seq 3: what was before is not here");
    insta::assert_snapshot!(told(&[&first, &third], known(head), false), @"! f1:1: seq 3 to 4, which comes before, is in no file that was looked at");
    insta::assert_snapshot!(told(&[&first, &second], known(head), false), @"! f1: ends at seq 4, and the store knows of seq 6: the end was cut off");
    insta::assert_snapshot!(told(&[], known(head), false), @"! server-1: no file of this log is here (lines: 6)");
    insta::assert_snapshot!(told(&[&first, &second, &third, ""], known(head), false), @"f3: no line is in it");
    insta::assert_snapshot!(told(&[&first, &second, &third, "not ours\n"], known(head), false), @"
    ! f3:1: is no line of an audit log, or only a part of one
    ! f3: none of its lines is one of an audit log
    ");
}

#[test]
fn what_is_kept_elsewhere_is_no_fault_when_that_is_said() {
    let ([first, second, third], head) = parts();
    insta::assert_snapshot!(told(&[&second, &third], known(head), true), @"f0:1: seq 1 to 2 of this log is kept elsewhere");
    insta::assert_snapshot!(told(&[], known(head), true), @"server-1: all of it is kept elsewhere (lines: 6)");
    insta::assert_snapshot!(told(&[&first, &third], known(head), true), @"! f1:1: seq 3 to 4, which comes before, is in no file that was looked at");
    insta::assert_snapshot!(told(&[&second], known(head), true), @"
    f0:1: seq 1 to 2 of this log is kept elsewhere
    ! f0: ends at seq 4, and the store knows of seq 6: the end was cut off
    ");
}

#[test]
fn a_copy_is_worth_a_word_and_another_version_is_a_fault() {
    let ([first, second, third], head) = parts();
    insta::assert_snapshot!(told(&[&first, &second, &second, &third], known(head), false), @"f2:1: the same lines as f1");
    let mut other = Link::read(first.lines().last().unwrap().as_bytes()).map(|link| Head { seq: 2, hash: link.hash }).unwrap();
    let fork: String = (0..2).map(|_| other.seal(WRITER, &refusal("after the database was put back"))).collect();
    insta::assert_snapshot!(told(&[&first, &second, &fork, &third], known(head), false), @"
    ! f2:1: begins at seq 3, which f1 has too: one of them is of an older state of the database, or false
    ! f3:1: does not follow the line before it: one of the two was exchanged
    ");
}

#[test]
fn lines_that_were_written_again_after_a_kill_are_worth_a_word() {
    let (lines, head) = log(6);
    let (first, second) = (text(&lines[..4]), text(&lines[2..]));
    insta::assert_snapshot!(told(&[&first, &second], known(head), false), @"f1:1: begins with lines with which f0 ends: its writer was killed before that was moved away");
    let second = text(&[&lines[2..3], &lines[4..]].concat());
    insta::assert_snapshot!(told(&[&first, &second], known(head), false), @"
    ! f1:2: seq 4 should stand before it: lines were removed
    ! f1:1: begins at seq 3, which f0 has too: one of them is of an older state of the database, or false
    ");
}

#[test]
fn a_part_of_another_log_in_the_place_of_one_does_not_fit() {
    let ([first, _, third], head) = parts();
    let mut other = Head { seq: 2, hash: Hash::NONE };
    let second: String = (0..2).map(|_| other.seal(WRITER, &refusal("false"))).collect();
    insta::assert_snapshot!(told(&[&first, &second, &third], known(head), false), @"
    ! f1:1: does not follow the line before it: one of the two was exchanged
    ! f2:1: does not follow the line before it: one of the two was exchanged
    ");
    let begins = Head { seq: 0, hash: Hash::of(b"x") }.seal(WRITER, &refusal("false"));
    let link = Link::read(begins.trim_end().as_bytes()).unwrap();
    insta::assert_snapshot!(told(&[&begins], known(Head { seq: 1, hash: link.hash }), false), @"! f0:1: does not follow the line before it: one of the two was exchanged");
}

#[test]
fn nobody_can_have_written_a_change_that_the_store_does_not_know() {
    let mut head = Head::START;
    let lines: Vec<_> = (0..4).map(|_| head.seal(CHANGES, &refusal("a change"))).collect();
    let at = |seq: usize| {
        let hash = Link::read(lines[seq - 1].trim_end().as_bytes()).unwrap().hash;
        BTreeMap::from([(CHANGES.to_owned(), Head { seq: seq as u64, hash })])
    };
    let whole = lines.concat();
    assert_eq!(told(&[&whole], at(4), false), "");
    insta::assert_snapshot!(told(&[&whole], at(2), false), @"! f0: seq 3 to 4: changes that the store does not know, so nobody made them");
    // They were made while files were read.
    let mut checker = Checker::new(at(2), false);
    checker.begin("f0");
    whole.lines().for_each(|line| checker.line(line.as_bytes()));
    checker.no_more_than(4);
    assert_eq!(checker.finish().1, []);
}

#[test]
fn a_log_that_the_store_does_not_know_is_a_fault() {
    let (lines, head) = log(2);
    insta::assert_snapshot!(told(&[&text(&lines)], BTreeMap::new(), false), @"! f0: the store does not know this log");
    let heads = BTreeMap::from([(WRITER.to_owned(), head), ("changes".to_owned(), Head::START)]);
    assert_eq!(told(&[&text(&lines)], heads, false), "", "one that has no line yet needs no file");
}
