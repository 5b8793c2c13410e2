//! Dates and numbers as short texts on the stack. A decision is words for a good part, and they are put together in one
//! piece, `["due ", Short::date(day).as_str()].concat()`: that takes a fifth of the time of `format!`.

use std::fmt::{self, Write as _};

use jiff::civil::Date;

/// The longest: a number of 20 digits, a point and two digits more.
const MOST: usize = 24;

/// A short text.
pub(crate) struct Short {
    bytes: [u8; MOST],
    length: usize,
}

impl Short {
    /// `2026-03-04`.
    pub(crate) fn date(date: Date) -> Short {
        let mut text = Short::new();
        let Ok(year) = u16::try_from(date.year()) else {
            // A year before our era is longer, and fits.
            let _ = write!(text, "{date}");
            return text;
        };
        let [a, b] = two((year / 100) as u8);
        let [c, d] = two((year % 100) as u8);
        let [e, f] = two(date.month().unsigned_abs());
        let [g, h] = two(date.day().unsigned_abs());
        text.push(&[a, b, c, d, b'-', e, f, b'-', g, h]);
        text
    }

    /// A number from 0 on with one digit behind the point, rounded: `9.8`.
    pub(crate) fn tenths(value: f64) -> Short {
        let tenths = (value * 10.0).round() as u64;
        let mut text = Short::whole(tenths / 10);
        text.push(&[b'.', b'0' + (tenths % 10) as u8]);
        text
    }

    /// A number from 0 on with two digits behind the point, rounded: `0.94`.
    pub(crate) fn hundredths(value: f64) -> Short {
        let hundredths = (value * 100.0).round() as u64;
        let [a, b] = two((hundredths % 100) as u8);
        let mut text = Short::whole(hundredths / 100);
        text.push(&[b'.', a, b]);
        text
    }

    /// A whole number.
    pub(crate) fn whole(value: u64) -> Short {
        let mut digits = [b'0'; 20];
        let (mut left, mut at) = (value / 10, digits.len() - 1);
        digits[at] += (value % 10) as u8;
        while left > 0 {
            at -= 1;
            digits[at] += (left % 10) as u8;
            left /= 10;
        }
        let mut text = Short::new();
        text.push(&digits[at..]);
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn new() -> Short {
        Short {
            bytes: [0; MOST],
            length: 0,
        }
    }

    /// Appends what there is room for.
    fn push(&mut self, bytes: &[u8]) {
        let end = (self.length + bytes.len()).min(MOST);
        let slots = self.bytes.iter_mut().skip(self.length);
        slots.zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        self.length = end;
    }
}

/// A number below 100 in two digits.
fn two(number: u8) -> [u8; 2] {
    [b'0' + number / 10 % 10, b'0' + number % 10]
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_have_their_digits_behind_the_point() {
        for (value, tenths, hundredths) in [
            (0.0, "0.0", "0.00"),
            (9.8, "9.8", "9.80"),
            (10.0, "10.0", "10.00"),
            (99.825, "99.8", "99.83"),
            (0.944_69, "0.9", "0.94"),
            (0.000_3, "0.0", "0.00"),
            (0.051, "0.1", "0.05"),
            (0.999, "1.0", "1.00"),
            (f64::MAX, "1844674407370955161.5", "184467440737095516.15"),
        ] {
            assert_eq!(Short::tenths(value).as_str(), tenths);
            assert_eq!(Short::hundredths(value).as_str(), hundredths);
        }
        for number in [0, 7, 10, u64::MAX] {
            assert_eq!(Short::whole(number).as_str(), number.to_string());
        }
    }

    #[test]
    fn dates_are_those_of_the_standard() {
        for day in [
            date(2026, 3, 4),
            date(1999, 12, 31),
            date(7, 1, 1),
            date(0, 1, 1),
            date(-44, 3, 15),
            Date::MIN,
            Date::MAX,
        ] {
            assert_eq!(Short::date(day).as_str(), day.to_string());
        }
    }
}
