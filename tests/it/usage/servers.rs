//! Two servers on one state directory.

use super::{Holder, small, written};
use crate::lab::{Lab, eventually};

#[test]
fn two_servers_add_up_and_tell_what_they_admitted_too_much() {
    let lab = Lab::new();
    lab.configure(&small(6));
    let (one, two) = (lab.serve("apikey"), lab.serve("apikey"));
    let mut here = Holder::new(&lab, &one, &["--plan", "small"]);
    let mut there = Holder::of(&here.key, &two);
    assert_eq!(here.served(4), 4);
    written(&lab, "key", 4);
    assert_eq!(there.served(1), 1);
    written(&lab, "key", 5);
    // The second has learned of the four with its own one; the first has not heard of that one, and has two left.
    let over = || {
        let of = |server: &crate::lab::Server| server.metric(r#"authbench_quota_over_admitted_total{plan="small"}"#);
        of(&one) + of(&two)
    };
    assert_eq!(there.served(3), 1, "six in all");
    written(&lab, "key", 6);
    assert_eq!(over(), 0);
    assert_eq!(here.served(3), 2, "it learns when it writes");
    written(&lab, "key", 8);
    eventually("it is told", || over() == 2);
    assert_eq!((here.served(2), there.served(2)), (0, 0));
}

#[test]
fn servers_of_different_modes_share_the_directory_and_not_the_callers() {
    let lab = Lab::new();
    lab.configure(&small(2));
    let (keys, certificates) = (lab.serve("apikey"), lab.serve("mtls"));
    let mut holder = Holder::new(&lab, &keys, &["--plan", "small"]);
    let identity = crate::lab::Identity::issued(&lab.effective(&["cert", "issue", "partner", "--plan", "small"]));
    assert_eq!(holder.served(3), 2);
    let mut line = certificates.line(Some(&identity));
    let outcomes: Vec<_> = (0..3).map(|_| line.get(crate::lab::PATH, &[]).unwrap().outcome()).collect();
    assert_eq!(outcomes, ["allowed", "allowed", "quota_exhausted"], "a certificate of the same name is another caller");
    written(&lab, "key", 2);
    written(&lab, "cert", 2);
}
