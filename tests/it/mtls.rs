//! Mutual TLS judged by real callers: `openssl s_client`, curl, Python's `ssl`, Node's `tls` and rustls, each over TLS 1.2 and
//! 1.3. What a caller was told and what the server recorded are compared with what is expected, all differences at once.

mod bad_files;
mod call;
mod chains;
mod flaws;
mod hello;
mod ladder;
mod load;
mod matrix;
mod nothing_presented;
mod old_protocols;
mod openssl;
mod optional;
mod program;
mod reload;
mod resumed;
mod sslyze;
mod stage;
mod stolen;
mod through_rustls;
mod unreadable;
