//! When a certificate holds: the `validity` of RFC 5280 §4.1.2.5, read from DER and nothing else.

use jiff::civil::DateTime;

/// Seconds since 1970 from and until which a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub from: i64,
    pub until: i64,
}

/// The validity of a certificate; `None` when the bytes are none.
pub fn validity(der: &[u8]) -> Option<Validity> {
    const SEQUENCE: u8 = 0x30;
    let (certificate, _) = inside(der, SEQUENCE)?;
    let (mut fields, _) = inside(certificate, SEQUENCE)?;
    // An explicit version may stand first; serial number, algorithm and issuer come before the validity.
    if fields.first() == Some(&0xa0) {
        fields = skip(fields)?;
    }
    for _ in 0..3 {
        fields = skip(fields)?;
    }
    let (times, _) = inside(fields, SEQUENCE)?;
    Some(Validity {
        from: time(times)?,
        until: time(skip(times)?)?,
    })
}

/// Tag, content, and what comes after.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn inside(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes)?;
    (found == tag).then_some((content, rest))
}

fn skip(bytes: &[u8]) -> Option<&[u8]> {
    element(bytes).map(|(_, _, rest)| rest)
}

/// UTCTime (two digits of the year, 1950 to 2049) or GeneralizedTime, in UTC.
fn time(bytes: &[u8]) -> Option<i64> {
    let (tag, content, _) = element(bytes)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let text = match tag {
        0x17 if text.len() == 12 => {
            let century = if text < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        0x18 if text.len() == 14 => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year: i16 = text.get(..4)?.parse().ok()?;
    let date = DateTime::new(
        year,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
        0,
    );
    let zoned = date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[tag, 0x81, length], content].concat()
    }

    fn certificate() -> Vec<u8> {
        let times = [wrap(0x17, b"491231235959Z"), wrap(0x18, b"20500101000000Z")].concat();
        let fields = [
            wrap(0xa0, &[2, 1, 2]),
            wrap(0x02, &[7]),
            wrap(0x30, &[]),
            wrap(0x30, &[]),
            wrap(0x30, &times),
        ];
        wrap(0x30, &wrap(0x30, &fields.concat()))
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let held = validity(&certificate()).unwrap();
        assert_eq!(held.until - held.from, 1);
        assert_eq!(held.until, 2_524_608_000);
    }

    #[test]
    fn mutated_certificates_are_read_or_refused() {
        patchward_test_support::mutate(&[&certificate()], 5000, |bytes| {
            let _ = validity(bytes);
        });
    }
}
