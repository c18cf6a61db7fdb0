//! Many callers by one command: all of them, or none.

use crate::lab::{Lab, text};

#[test]
fn each_name_gets_a_credential_of_its_own_that_works() {
    let lab = Lab::new();
    lab.file("names", "one\n\ntwo\nthree\n");
    let server = lab.serve("apikey");
    let made = lab.effective(&["key", "add-many", "names"]);
    let made = made.as_array().unwrap();
    assert_eq!(made.iter().map(|one| text(one, "name")).collect::<Vec<_>>(), ["one", "two", "three"]);
    for one in made {
        assert_eq!(server.call(&[("x-api-key", text(one, "key"))]).status, 200, "{one}");
    }
    let clients = lab.json(&["client", "add-many", "names"]);
    let secrets: Vec<&str> = clients.as_array().unwrap().iter().map(|one| text(one, "client_secret")).collect();
    assert!(secrets.len() == 3 && secrets[0] != secrets[1] && secrets.iter().all(|secret| secret.len() == 32));
}

#[test]
fn one_name_that_is_taken_or_there_twice_leaves_nothing_behind() {
    let lab = Lab::new();
    for kind in ["key", "client"] {
        lab.json(&[kind, "add", "two"]);
        for names in ["one\ntwo\nthree", "one\nthree\none", "one\nno name", ""] {
            lab.file("names", names);
            let ended = lab.run(&[kind, "add-many", "names"]);
            assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{kind} {names:?}: {}", ended.stderr);
        }
        let all = lab.json(&[kind, "list"]);
        assert_eq!(all.as_array().unwrap().iter().map(|one| text(one, "name")).collect::<Vec<_>>(), ["two"]);
    }
}

#[test]
fn for_people_it_is_a_line_each_and_a_file_may_be_standard_input() {
    let lab = Lab::new();
    let ended = lab.run_with_input(&["key", "add-many", "-"], "one\ntwo\n");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "name,id,key"));
    assert!(lines[1].starts_with("one,") && lines[2].contains(",ab_"), "{lines:?}");
}
