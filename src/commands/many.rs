//! Many callers made at once: the file with their names, and what is shown of them.

use std::{fmt::Write, io::Read, path::Path};

use serde_json::Value;

use super::{check_name, output};
use crate::{cli::Common, exit::Failure, files};

/// The names in a file, or on standard input, one a line; empty lines are passed over.
///
/// # Errors
/// Exit 3 when it cannot be read; exit 2 when it holds no name, or something that cannot be one.
pub(super) fn names(file: &Path) -> Result<Vec<String>, Failure> {
    let octets = if file == Path::new("-") { standard_input()? } else { files::read(file)? };
    let text = String::from_utf8(octets).map_err(|_| unfit(file, "is no text"))?;
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    names.iter().try_for_each(|name| check_name(name))?;
    if names.is_empty() { Err(unfit(file, "holds no name")) } else { Ok(names) }
}

/// Shows what was made, each with its secret, once: JSON documents as the command for one has them, or a line for each.
///
/// # Errors
/// Exit 3 when standard output did not take it.
pub(super) fn show_once(common: &Common, made: &[Value], members: &[&str]) -> Result<(), Failure> {
    let text = || {
        let mut text = members.join(",");
        for one in made {
            let line: Vec<&str> = members.iter().map(|member| one[member].as_str().unwrap_or_default()).collect();
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{}", line.join(","));
        }
        text
    };
    output::show_secret(common.json, &made, text, "rotate the secret of each, or remove them and begin again")
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    let read = std::io::stdin().read_to_end(&mut octets);
    read.map(|_| octets).map_err(|error| Failure::environment(format!("standard input cannot be read: {error}")))
}

fn unfit(file: &Path, why: &str) -> Failure {
    Failure::usage(format!("{} {why}", file.display())).remedy("write one name a line")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Vec<String>, String> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("names");
        std::fs::write(&file, content).unwrap();
        names(&file).map_err(|failure| failure.to_string().replace(&*directory.path().to_string_lossy(), "…"))
    }

    #[test]
    fn a_name_stands_on_each_line() {
        assert_eq!(read(b"one\n\n two \r\nthree").unwrap(), ["one", "two", "three"]);
        insta::assert_snapshot!(read(b"\n \n").unwrap_err(), @"
        …/names holds no name
          mend: write one name a line
        ");
        insta::assert_snapshot!(read(b"\xff").unwrap_err(), @"
        …/names is no text
          mend: write one name a line
        ");
        assert!(read(b"one\nt,wo").unwrap_err().starts_with("`t,wo` cannot be a name"));
        assert!(names(Path::new("/nowhere/names")).is_err());
    }
}
