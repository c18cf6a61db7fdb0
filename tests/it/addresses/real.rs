//! I7: addresses that the kernel gives, not the test: other interfaces, both families on one listener, another network namespace.

use std::process::{Command, Stdio};

use super::{Caller, record_of};
use crate::lab::{Ended, Lab, Server, shell, text, tool};

/// A server that listens there.
fn listening(lab: &Lab, listen: &str) -> Server {
    Server::start(lab, &["--mode", "open", "--listen", listen])
}

/// What curl got at that host, with more options.
fn curl(server: &Server, host: &str, options: &str) -> String {
    let (port, ca) = (server.port, server.ca.display());
    let connect = format!("--connect-to localhost:{port}:{host}:{port}");
    let format = "-o /dev/null -w '%{http_code}'";
    shell(&format!("curl -sS -g {options} {connect} {format} --cacert {ca} https://localhost:{port}/hello-world"), &server.ca)
        .stdout
}

#[test]
fn i7_curl_from_another_address_of_this_machine() {
    if tool("curl").is_none() {
        return;
    }
    let lab = Lab::new();
    lab.configure("[network]\nallow = [\"127.0.0.2\"]\n");
    let server = lab.serve("open");
    let seen = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map(|from| curl(&server, "127.0.0.1", &format!("--interface {from}")));
    assert_eq!(seen, ["403", "200", "403"]);
}

/// On `[::]` an IPv4 caller is `::ffff:a.b.c.d` to the kernel, and itself to every list.
#[test]
fn i7_both_families_on_one_listener() {
    if tool("curl").is_none() {
        return;
    }
    for (allow, expected) in [
        ("127.0.0.0/8", ["200", "200", "403"]),
        ("::ffff:127.0.0.2", ["403", "200", "403"]),
        ("::1", ["403", "403", "200"]),
        ("::/0", ["403", "403", "200"]),
        ("0.0.0.0/0", ["200", "200", "403"]),
    ] {
        let lab = Lab::new();
        lab.configure(&format!("[network]\nallow = [\"{allow}\"]\n"));
        let server = listening(&lab, "[::]:0");
        let seen = [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.0.0.2"), ("[::1]", "::1")];
        let seen = seen.map(|(host, from)| curl(&server, host, &format!("--interface {from}")));
        assert_eq!(seen, expected, "{allow}");
    }
}

#[test]
fn i7_records_have_the_canonical_form() {
    let lab = Lab::new();
    let server = listening(&lab, "[::]:0");
    let caller = Caller { identity: None, header: None };
    let record = record_of(&server, &caller.call(&server, "127.0.0.7", &[]));
    assert_eq!(text(&record, "address"), "127.0.0.7");
}

/// Two network namespaces with a cable to this one; gone with the handle.
struct Namespaces {
    names: [String; 2],
    third: u8,
}

impl Namespaces {
    /// `None` where they cannot be made: without `ip`, or without the right to.
    fn new() -> Option<Self> {
        tool("ip")?;
        let id = std::process::id();
        let third = u8::try_from(id % 250).unwrap();
        let made = Self { names: [0, 1].map(|number| format!("authbench-{id}-{number}")), third };
        for number in 0..2 {
            if let Err(why) = made.lay(number) {
                let demanded = std::env::var_os("AUTHBENCH_REQUIRE_TOOLS").is_some_and(|value| value == "1");
                assert!(!demanded, "needs network namespaces: {why}");
                println!("skipped: needs network namespaces: {why}");
                return None;
            }
        }
        Some(made)
    }

    /// This end and the other end of a cable, in 198.18.0.0/15, which is for tests (RFC 2544).
    fn ends(&self, number: usize) -> [String; 2] {
        let base = 4 * number;
        [1, 2].map(|host| format!("198.18.{}.{}", self.third, base + host))
    }

    fn lay(&self, number: usize) -> Result<(), String> {
        let (name, [here, there]) = (&self.names[number], self.ends(number));
        let (cable, end) = (Self::cable(number), format!("{}e", Self::cable(number)));
        ip(&format!("netns add {name}"))?;
        ip(&format!("link add {cable} type veth peer name {end} netns {name}"))?;
        ip(&format!("addr add {here}/30 dev {cable}"))?;
        ip(&format!("link set {cable} up"))?;
        ip(&format!("-n {name} addr add {there}/30 dev {end}"))?;
        ip(&format!("-n {name} link set {end} up"))?;
        ip(&format!("-n {name} route add default via {here}"))
    }

    /// Names of interfaces have fifteen letters at the most.
    fn cable(number: usize) -> String {
        format!("ab{}{number}", std::process::id() % 1_000_000)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for number in 0..2 {
            let _ = ip(&format!("link del {}", Self::cable(number)));
            let _ = ip(&format!("netns del {}", self.names[number]));
        }
    }
}

fn ip(arguments: &str) -> Result<(), String> {
    let mut command = Command::new("ip");
    let output = command.args(arguments.split(' ')).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let ended = Ended::of(&output);
    if ended.code == 0 { Ok(()) } else { Err(format!("ip {arguments}: {}", ended.stderr.trim())) }
}

#[test]
fn i7_callers_in_two_network_namespaces() {
    if tool("curl").is_none() {
        return;
    }
    let Some(namespaces) = Namespaces::new() else { return };
    let [[one, _], [other, outside]] = [namespaces.ends(0), namespaces.ends(1)];
    let lab = Lab::new();
    lab.configure(&format!("[network]\nallow = [\"198.18.{}.0/24\"]\ndeny = [\"{outside}\"]\n", namespaces.third));
    let server = listening(&lab, "0.0.0.0:0");
    let (port, ca) = (server.port, server.ca.display());
    let call = |number: usize, host: &str| {
        let name = &namespaces.names[number];
        let options =
            format!("--max-time 10 --connect-to localhost:{port}:{host}:{port} --cacert {ca} -H 'x-forwarded-for: {one}'");
        let get = format!("curl -sS -o /dev/null -w '%{{http_code}}' {options} https://localhost:{port}/hello-world");
        shell(&format!("ip netns exec {name} {get}"), &server.ca)
    };
    let seen = [call(0, &one), call(1, &other)].map(|ended| format!("{}{}", ended.stdout, ended.stderr));
    assert_eq!(seen, ["200", "403"], "one is allowed, the other is denied");
    assert_eq!(Caller { identity: None, header: None }.outcome(&server, "127.0.0.1"), "address_denied");
}
