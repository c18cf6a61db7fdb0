use super::*;

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

#[test]
fn what_is_sealed_opens_with_its_passphrase_and_no_other() {
    for plain in [&b""[..], b"a private key", &[7; 16], &[7; 2000]] {
        let info = Sealed::seal(plain, &secret("right")).unwrap().private_key_info();
        assert_eq!(open(&info, &secret("right")).as_deref(), Ok(plain));
    }
    let info = Sealed::seal(b"a private key", &secret("right")).unwrap().private_key_info();
    for wrong in ["", "Right", "right ", "r"] {
        // One in 256 wrong keys gives a padding that can be: then it is not what was sealed.
        assert_ne!(open(&info, &secret(wrong)).as_deref(), Ok(&b"a private key"[..]), "{wrong:?}");
    }
}

#[test]
fn nothing_is_sealed_twice_alike() {
    let sealed = || Sealed::seal(b"a private key", &secret("right")).unwrap();
    let (one, two) = (sealed(), sealed());
    assert!(one.salt != two.salt && one.iv != two.iv && one.octets != two.octets);
}

#[test]
fn what_is_cut_or_asks_for_endless_work_is_refused() {
    let info = Sealed::seal(b"a private key", &secret("right")).unwrap().private_key_info();
    for at in 0..info.len() {
        assert!(open(&info[..at], &secret("right")).is_err(), "{at}");
    }
    let number = 600_000_u32.to_be_bytes();
    let at = info.windows(3).position(|window| window == &number[1..]).unwrap();
    let mut greedy = info.clone();
    greedy[at] = 0x7f;
    assert!(open(&greedy, &secret("right")).unwrap_err().contains("not known here"));
}

/// `openssl pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 1`, and one without a PRF (HMAC-SHA-1), of one key.
#[test]
fn what_openssl_writes_opens_too() {
    let plain = pem::parse(PLAIN).unwrap().into_contents();
    for sealed in [SHA512, SHA1] {
        let info = pem::parse(sealed).unwrap().into_contents();
        assert_eq!(open(&info, &secret("right")), Ok(plain.clone()));
        assert_eq!(open(&info, &secret("wrong")), Err("the passphrase is wrong"));
    }
    let info = pem::parse(SCRYPT).unwrap().into_contents();
    assert!(open(&info, &secret("right")).unwrap_err().contains("not known here"));
}

const SHA512: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAgIICaj1Ha6xwIBATAM
BggqhkiG9w0CCwUAMB0GCWCGSAFlAwQBAgQQvVObdVztMll6YmBioWqYeARAoXzP
5moU618sCmwq5Hc8UFqQIobr/pE5XM2yxYkRjKi2OPWrwre6ybidVum4ATR597Bd
x/wfWSm4SxFt3uz25A==
-----END ENCRYPTED PRIVATE KEY-----";
const SHA1: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGNMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAghtvlfCSqlQAICA+gw
HQYJYIZIAWUDBAEqBBASXZx3BtAMegRJ4owSSdSQBEDTr6DFFp8IyQrdrZ7smgBj
sMseHX9IttTtVec9mc2l/rlMROvkiyrKwclDRQyzNMLYrmIw1nn+GH1GC5mKZeZC
-----END ENCRYPTED PRIVATE KEY-----";
const SCRYPT: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAjNQdcqGavwEwICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBBSrFYSxP8dZGvCKCr8lC6BBECzGN2Cz5bYqhDJ
L5U1cLW5XXjVXrhjShuufFZoYJF9th5G3cEL1ld6pSil9DYdzbwqKHBLEEBNnlsX
O/ofwBbY
-----END ENCRYPTED PRIVATE KEY-----";
const PLAIN: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIMbYQ83DGfmAaGvAUFHDfmmTKnzcmFqIyqyoGPRU0LOZ
-----END PRIVATE KEY-----";
