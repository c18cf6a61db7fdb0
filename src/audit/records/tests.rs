use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

fn numbered(id: &str) -> RequestRecord<&str> {
    RequestRecord { id, ..RequestRecord::example() }
}

/// A stream whose writer hands over what it has, and then waits until it may go on.
fn slow_stream() -> (Records, RecordWriter, Receiver<String>, Sender<()>) {
    let (told, texts) = channel();
    let (go_on, may_go_on) = channel();
    let write = move |text: &[u8]| {
        told.send(String::from_utf8(text.to_vec()).unwrap()).unwrap();
        // Fails when the test is over.
        let _ = may_go_on.recv();
    };
    let (records, writer) = Records::to(Format::Json, write).unwrap();
    (records, writer, texts, go_on)
}

fn ids(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter_map(|line| line["id"].as_str().map(ToOwned::to_owned)).collect()
}

#[test]
fn every_record_is_written_in_its_order_and_the_thread_ends_with_the_last_way_to_it() {
    let (records, writer, texts, go_on) = slow_stream();
    drop(go_on);
    let names: Vec<_> = (0..1000).map(|number| format!("id-{number}")).collect();
    let (also, mut seen) = (records.clone(), String::new());
    for (at, name) in names.iter().enumerate() {
        if at % 2 == 0 { &records } else { &also }.request(&numbered(name));
        while at == 500 && !seen.contains("id-500") {
            seen += &texts.recv().unwrap();
        }
    }
    drop(records);
    assert!(!writer.0.is_finished());
    drop(also);
    writer.finish();
    seen.extend(texts.iter());
    assert_eq!(ids(&seen), names);
}

#[test]
fn nobody_waits_for_a_slow_disk_and_what_it_could_not_take_is_counted_and_told() {
    let (records, writer, texts, go_on) = slow_stream();
    records.request(&numbered("first"));
    assert_eq!(ids(&texts.recv().unwrap()), ["first"]);
    // The writer hangs in its write.
    for _ in 0..WAITING + 3 {
        records.request(&numbered("more"));
    }
    assert_eq!(records.dropped(), 3);
    drop(go_on);
    let text = texts.recv().unwrap();
    assert_eq!(ids(&text).len(), WAITING);
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["records"]), (&"dropped".into(), &3.into()));
    records.request(&numbered("room again"));
    assert_eq!(ids(&texts.recv().unwrap()), ["room again"]);
    drop(records);
    writer.finish();
}
