//! The clone's only interface: loopback, up, with the host's addresses on it, so that a service which listens on a fixed
//! address starts as it does on the host while nothing leaves the clone. By route netlink (rtnetlink(7)).

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::fd::OwnedFd;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

/// Index of `lo`, the first interface of every network namespace.
const LOOPBACK: u32 = 1;
const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
const ERROR: u16 = 2;
const REQUEST_WITH_ANSWER: u16 = 1 | 4;
const CREATE: u16 = 0x400;
const UP: u32 = 1;
const LOCAL: u16 = 2;
const NO_DUPLICATE_CHECK: u8 = 2;
const EXISTS: i32 = 17;
const MAX_ADDRESSES: usize = 1000;

/// Brings loopback up in the calling thread's network namespace and adds `addresses`; those the kernel refuses are
/// returned.
pub(crate) fn bring_up(addresses: &[IpAddr]) -> io::Result<Vec<IpAddr>> {
    let flags = SocketFlags::CLOEXEC;
    // No protocol is protocol 0, which is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    ask(&socket, NEW_LINK, 0, &link_up())?;
    let mut refused = Vec::new();
    for address in addresses.iter().take(MAX_ADDRESSES) {
        match ask(&socket, NEW_ADDRESS, CREATE, &new_address(*address)) {
            Err(error) if error.raw_os_error() != Some(EXISTS) => refused.push(*address),
            _ => {}
        }
    }
    Ok(refused)
}

fn ask(socket: &OwnedFd, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(16 + body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut message = Vec::with_capacity(16 + body.len());
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((REQUEST_WITH_ANSWER | flags).to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    sendto(
        socket,
        &message,
        SendFlags::empty(),
        &SocketAddrNetlink::new(0, 0),
    )?;
    let mut answer = [0; 1024];
    let (_, length) = recv(socket, answer.as_mut_slice(), RecvFlags::empty())?;
    match (field(&answer, 4), code(&answer)) {
        (Some(ERROR), Some(0)) if length >= 20 => Ok(()),
        (Some(ERROR), Some(code)) if length >= 20 => Err(io::Error::from_raw_os_error(-code)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn field(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn code(bytes: &[u8]) -> Option<i32> {
    Some(i32::from_ne_bytes(bytes.get(16..20)?.try_into().ok()?))
}

/// `struct ifinfomsg`.
fn link_up() -> Vec<u8> {
    let mut body = vec![0; 4];
    body.extend(LOOPBACK.to_ne_bytes());
    body.extend(UP.to_ne_bytes());
    body.extend(UP.to_ne_bytes());
    body
}

/// `struct ifaddrmsg` with the attribute `IFA_LOCAL`.
fn new_address(address: IpAddr) -> Vec<u8> {
    let (family, bits, bytes) = match address {
        IpAddr::V4(address) => (2, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (10, 128, address.octets().to_vec()),
    };
    let mut body = vec![family, bits, NO_DUPLICATE_CHECK, 0];
    body.extend(LOOPBACK.to_ne_bytes());
    body.extend((if bits == 32 { 8u16 } else { 20 }).to_ne_bytes());
    body.extend(LOCAL.to_ne_bytes());
    body.extend(bytes);
    body
}

/// This machine's own addresses, without loopback's and link-local ones.
pub(crate) fn of_machine() -> Vec<IpAddr> {
    let four = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let six = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let mut found: Vec<IpAddr> = four_of_trie(&four).into_iter().map(IpAddr::V4).collect();
    found.extend(six.lines().filter_map(six_of_line).map(IpAddr::V6));
    found.sort();
    found.dedup();
    found.truncate(MAX_ADDRESSES);
    found
}

fn four_of_trie(text: &str) -> Vec<Ipv4Addr> {
    let mut last = None;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(last.filter(|address: &Ipv4Addr| !address.is_loopback()));
        }
    }
    found
}

fn six_of_line(line: &str) -> Option<Ipv6Addr> {
    let address = Ipv6Addr::from(u128::from_str_radix(line.split_whitespace().next()?, 16).ok()?);
    let link_local = address
        .segments()
        .first()
        .is_some_and(|first| first & 0xffc0 == 0xfe80);
    (!address.is_loopback() && !link_local).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_read_from_proc() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.2.0\n        /24 link UNICAST\n     |-- 10.0.2.15\n        \
            /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n";
        assert_eq!(four_of_trie(trie), [Ipv4Addr::new(10, 0, 2, 15)]);
        assert_eq!(
            six_of_line("20010db8000000000000000000000005 02 40 00 80 eth0"),
            Some("2001:db8::5".parse().unwrap())
        );
        assert_eq!(
            six_of_line("fe800000000000000000000000000005 02 40 20 80 eth0"),
            None
        );
        assert_eq!(six_of_line(""), None);
    }
}
