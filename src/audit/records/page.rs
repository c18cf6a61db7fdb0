//! Records that wait to be written. None has a piece of memory of its own: to take one is to copy it.

use crate::audit::{Format, HandshakeRecord, RequestRecord};

/// Records in the order in which they came, and the texts of all requests among them one after the other.
#[derive(Debug, Default)]
pub(super) struct Page {
    records: Vec<Waiting>,
    texts: String,
}

#[derive(Debug)]
enum Waiting {
    Request(RequestRecord<Span>),
    Handshake(Box<HandshakeRecord>),
}

/// Where a text lies.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
}

impl Page {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Forgets all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.texts.clear();
    }

    pub(super) fn request(&mut self, record: &RequestRecord<&str>) {
        let texts = &mut self.texts;
        let kept = record.map(|text| {
            let from = texts.len();
            texts.push_str(text);
            Span { from, to: texts.len() }
        });
        self.records.push(Waiting::Request(kept));
    }

    pub(super) fn handshake(&mut self, record: HandshakeRecord) {
        self.records.push(Waiting::Handshake(Box::new(record)));
    }

    /// Writes all of them.
    pub(super) fn write(&self, format: Format, to: &mut Vec<u8>) {
        for record in &self.records {
            match record {
                Waiting::Request(record) => {
                    format.request(&record.map(|span| self.texts.get(span.from..span.to).unwrap_or_default()), to);
                }
                Waiting::Handshake(record) => format.handshake(record, to),
            }
        }
    }
}
