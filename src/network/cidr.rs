//! One network as people write it: CIDR (RFC 4632 §3.1, RFC 4291 §2.3), or an address alone.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// Reads one network, canonical.
///
/// # Errors
/// What is wrong, and what to write instead.
pub(super) fn read(text: &str) -> Result<IpNet, (String, String)> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else {
        let remedy = "write CIDR such as `192.0.2.0/24`, `2001:db8::/32`, or an address; names are not looked up";
        return Err((format!("`{}` is no network", text.escape_debug()), remedy.into()));
    };
    let whole = IpNet::from(address);
    let Some(prefix) = prefix else { return Ok(unmapped(whole)) };
    let bits = whole.max_prefix_len();
    let Some(net) = length(prefix).and_then(|length| IpNet::new(address, length).ok()) else {
        let why = format!("`{}` ends with no prefix length of such an address", text.escape_debug());
        return Err((why, format!("write 0 to {bits} behind the `/`")));
    };
    if net.trunc() != net {
        return Err((format!("`{text}` has host bits set"), format!("write `{}`, or the address alone", net.trunc())));
    }
    Ok(unmapped(net))
}

/// Decimal digits as people write numbers: no sign, no zero in front.
fn length(digits: &str) -> Option<u8> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|_| is_plain)
}

fn unmapped(net: IpNet) -> IpNet {
    match net {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.addr().to_ipv4_mapped() {
            Some(v4) => Ipv4Net::new(v4, v6.prefix_len() - 96).map_or(net, IpNet::V4),
            None => net,
        },
        _ => net,
    }
}
