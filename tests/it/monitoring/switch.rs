//! The metrics can be switched off, and the server is the same otherwise.

use crate::lab::{Lab, eventually};

#[test]
fn without_metrics_the_page_says_why_and_everything_else_is_there() {
    let lab = Lab::new();
    lab.configure("[observe]\nmetrics = false\n");
    let server = lab.serve("open");
    assert_eq!(server.call(&[]).outcome(), "allowed");
    let page = server.admin("/metrics");
    assert!(page.contains("metrics = false") && page.contains("write true"), "{page}");
    assert!(!page.contains("# TYPE"), "{page}");
    assert_eq!(server.admin("/readyz"), "ready\n");
    eventually("records are another switch", || server.records().contains("/hello-world"));
}
