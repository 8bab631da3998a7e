//! Days of the calendar.

/// A day, as in `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` for other text and for days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten()
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let date = Self { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? };
        (parts.next().is_none() && (1..=days(year, month)?).contains(&day)).then_some(date)
    }

    /// The day that is so many days after 1970-01-01 (proleptic Gregorian, from 0000 to 9999); `None` outside.
    #[must_use]
    pub fn from_days(since_1970: i64) -> Option<Self> {
        let mut left = since_1970.checked_add(719_528)?;
        let mut year = u16::try_from(left.checked_div(366)?).ok().filter(|year| *year <= 9_999)?;
        left -= i64::from(year) * 365 + leap_days(year);
        while left >= year_days(year) {
            left -= year_days(year);
            year += 1;
        }
        for month in 1..=12 {
            let length = i64::from(days(year, month)?);
            if left < length {
                let day = u8::try_from(left + 1).ok()?;
                return Some(Self { year, month: u8::try_from(month).ok()?, day });
            }
            left -= length;
        }
        None
    }
}

/// Leap days in the years before this one.
fn leap_days(year: u16) -> i64 {
    (0..year).filter(|y| is_leap(*y)).count().try_into().unwrap_or(0)
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn year_days(year: u16) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days(year: u16, month: u16) -> Option<u16> {
    Some(match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    })
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_counted() {
        for (days, text) in
            [(0, "1970-01-01"), (19_782, "2024-02-29"), (20_786, "2026-11-29"), (-1, "1969-12-31")]
        {
            assert_eq!(Date::from_days(days).map(|d| d.to_string()).as_deref(), Some(text));
            assert_eq!(Date::parse(text), Date::from_days(days));
        }
        for bad in ["2023-02-29", "2026-13-01", "2026-1-01", "2026-01-00", "2026-01-01-", "", "tomorrow"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        assert!(Date::parse("2026-11-29") < Date::parse("2027-01-01"));
    }
}
