//! What can be found, in words, and what mends it.

use std::fmt;

/// Something to be told of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, where it is in one.
    pub file: Option<String>,
    /// Its line, counted from one.
    pub line: Option<u64>,
    /// Whose chain.
    pub writer: Option<String>,
    /// What.
    pub found: Found,
}

/// What was found. Lines of a chain are told by their `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A line that nobody here wrote.
    Foreign(&'static str),
    /// A line that says something else than what was hashed.
    Changed,
    /// A line whose hash is good, and that does not refer to the one before it.
    Detached,
    /// A line of another chain.
    OtherWriter(String),
    /// A line that should stand further up, or stands there too.
    OutOfOrder {
        /// The line.
        seq: u64,
        /// The one before it in the file.
        after: u64,
    },
    /// Lines that are not there.
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The line that the store knows has another hash.
    Rebuilt,
    /// The last line lacks its end.
    NoEnd,
    /// A part of a line at the end of a file, after what the store knows.
    Torn,
    /// A file without a line.
    Empty,
    /// A file with no line that can be read.
    NoneReadable,
    /// The beginning of a chain is not there.
    StartMissing {
        /// The last line that is missing.
        to: u64,
    },
    /// The same, as was to be expected.
    StartArchived {
        /// The last line that is elsewhere.
        to: u64,
    },
    /// A file between two others is not there.
    PartMissing {
        /// The first line of it.
        from: u64,
        /// The last line of it.
        to: u64,
    },
    /// Two files hold different lines of the same number.
    Forked {
        /// Where the second one begins.
        seq: u64,
        /// The other file.
        other: String,
    },
    /// The same lines as another file.
    Twice {
        /// The other file.
        other: String,
    },
    /// The first lines are the last ones of another file.
    Overlap {
        /// The other file.
        other: String,
    },
    /// The chain ends before the line that the store knows.
    CutOff {
        /// The first line that is missing.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// Lines of changes that the store does not know: it knows each before it is written.
    NotKnown {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// Lines that the store does not know yet.
    AfterAnchor {
        /// How many.
        lines: u64,
    },
    /// The store does not know the chain.
    UnknownWriter,
    /// No file of a chain is there.
    FileMissing {
        /// How many lines it has.
        lines: u64,
    },
    /// The same, as was to be expected.
    FileArchived {
        /// How many lines it has.
        lines: u64,
    },
}

impl Found {
    /// Whether something is wrong with it; the rest is worth knowing.
    pub fn is_fault(&self) -> bool {
        !matches!(
            self,
            Self::Torn
                | Self::Empty
                | Self::StartArchived { .. }
                | Self::FileArchived { .. }
                | Self::Twice { .. }
                | Self::Overlap { .. }
                | Self::AfterAnchor { .. }
        )
    }

    /// What helps, where something does.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::StartMissing { .. } | Self::PartMissing { .. } | Self::FileMissing { .. } => Some(
                "name the files that were put away as well: `authbench audit verify STATE/audit/*.jsonl* ARCHIVE/*`; if they are kept elsewhere for good, say --archived",
            ),
            Self::Forked { .. } | Self::UnknownWriter | Self::NotKnown { .. } => {
                Some("if the database was put back from a copy, move the files of the time after that copy away, and keep them")
            }
            Self::NoneReadable => Some("if it is compressed, unpack it and name what comes out"),
            _ => None,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign(why) => write!(f, "{why}"),
            Self::Changed => write!(f, "was changed: its hash is not that of what it says"),
            Self::Detached => write!(f, "does not follow the line before it: one of the two was exchanged"),
            Self::OtherWriter(writer) => write!(f, "is of another log, `{}`", shown(writer)),
            Self::OutOfOrder { seq, after } => write!(f, "is out of order or there twice: seq {seq} after {after}"),
            Self::Missing { from, to } => write!(f, "{} should stand before it: lines were removed", span(*from, *to)),
            Self::Rebuilt => write!(f, "is not the line that the store knows by this seq: it or one before it was exchanged"),
            Self::NoEnd => write!(f, "has no end of line: the file was cut"),
            Self::Torn => write!(f, "is a part of a line, after what the store knows: being written, or its writer was killed"),
            Self::Empty => write!(f, "no line is in it"),
            Self::NoneReadable => write!(f, "none of its lines is one of an audit log"),
            Self::StartMissing { to } => write!(f, "the log begins here at seq {}: what was before is not here", to + 1),
            Self::StartArchived { to } => write!(f, "{} of this log is kept elsewhere", span(1, *to)),
            Self::PartMissing { from, to } => {
                write!(f, "{}, which comes before, is in no file that was looked at", span(*from, *to))
            }
            Self::Forked { seq, other } => {
                write!(
                    f,
                    "begins at seq {seq}, which {other} has too: one of them is of an older state of the database, or false"
                )
            }
            Self::Twice { other } => write!(f, "the same lines as {other}"),
            Self::Overlap { other } => {
                write!(f, "begins with lines with which {other} ends: its writer was killed before that was moved away")
            }
            Self::CutOff { from, to } => {
                write!(f, "ends at seq {}, and the store knows of seq {to}: the end was cut off", from - 1)
            }
            Self::AfterAnchor { lines } => {
                write!(f, "lines after what the store knows: {lines}, the last second of a server that runs or was killed")
            }
            Self::NotKnown { from, to } => {
                write!(f, "{}: changes that the store does not know, so nobody made them", span(*from, *to))
            }
            Self::UnknownWriter => write!(f, "the store does not know this log"),
            Self::FileMissing { lines } => write!(f, "no file of this log is here (lines: {lines})"),
            Self::FileArchived { lines } => write!(f, "all of it is kept elsewhere (lines: {lines})"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line, &self.writer) {
            (Some(file), Some(line), _) => write!(f, "{file}:{line}: {}", self.found),
            (Some(file), None, _) => write!(f, "{file}: {}", self.found),
            (None, _, Some(writer)) => write!(f, "{}: {}", shown(writer), self.found),
            (None, _, None) => write!(f, "{}", self.found),
        }
    }
}

impl Finding {
    /// Something that concerns a file as a whole.
    pub(super) fn in_file(file: &str, found: Found) -> Self {
        Self { file: Some(file.into()), line: None, writer: None, found }
    }
}

/// A name that whoever wrote the file chose.
fn shown(writer: &str) -> String {
    writer.chars().take(64).flat_map(char::escape_debug).collect()
}

fn span(from: u64, to: u64) -> String {
    if from == to { format!("seq {from}") } else { format!("seq {from} to {to}") }
}
