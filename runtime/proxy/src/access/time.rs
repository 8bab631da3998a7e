//! Dates: `date` headers and `%START_TIME%`, in UTC.
use std::time::{SystemTime, UNIX_EPOCH};

/// A point in time taken apart.
#[derive(Debug, Clone, Copy)]
struct Civil {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    weekday: u32,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

fn civil(seconds: u64) -> Civil {
    let days = (seconds / 86_400) as i64;
    let rest = (seconds % 86_400) as u32;
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: (day_of_year - (153 * shifted + 2) / 5 + 1) as u32,
        hour: rest / 3600,
        minute: rest / 60 % 60,
        second: rest % 60,
        weekday: ((days + 4).rem_euclid(7)) as u32,
    }
}

fn name(names: &[&'static str], index: u32) -> &'static str {
    names.get(index as usize).copied().unwrap_or("")
}

/// The value of a `date` header.
pub(crate) fn http_date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let c = civil(seconds);
    format!(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        name(&DAYS, c.weekday),
        c.day,
        name(&MONTHS, c.month.wrapping_sub(1)),
        c.year,
        c.hour,
        c.minute,
        c.second
    )
}

/// `%START_TIME(format)%`: strftime with `%f`, `%3f`, `%6f`, `%9f` for fractions; RFC 3339 with milliseconds when
/// the format is empty.
pub(crate) fn format_time(time: SystemTime, format: &str) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let c = civil(since.as_secs());
    let format = if format.is_empty() { "%Y-%m-%dT%H:%M:%S.%3fZ" } else { format };
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(ch) = chars.next() {
        if ch != '%' {
            out.push(ch);
            continue;
        }
        let width = chars.next_if(char::is_ascii_digit).and_then(|d| d.to_digit(10));
        let nanos = format!("{:09}", since.subsec_nanos());
        let part = match chars.next() {
            Some('Y') => format!("{:04}", c.year),
            Some('m') => format!("{:02}", c.month),
            Some('d') => format!("{:02}", c.day),
            Some('H') => format!("{:02}", c.hour),
            Some('M') => format!("{:02}", c.minute),
            Some('S') => format!("{:02}", c.second),
            Some('T') => format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second),
            Some('F') => format!("{:04}-{:02}-{:02}", c.year, c.month, c.day),
            Some('b') => name(&MONTHS, c.month.wrapping_sub(1)).to_owned(),
            Some('a') => name(&DAYS, c.weekday).to_owned(),
            Some('s') => since.as_secs().to_string(),
            Some('f') => nanos.get(..width.unwrap_or(9) as usize).unwrap_or(&nanos).to_owned(),
            Some('z') => "+0000".to_owned(),
            Some('Z') => "UTC".to_owned(),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
        out.push_str(&part);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates() {
        let time = UNIX_EPOCH + Duration::from_millis(784_111_777_042);
        assert_eq!(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(format_time(time, ""), "1994-11-06T08:49:37.042Z");
        assert_eq!(format_time(time, "%s.%3f %%"), "784111777.042 %");
        assert_eq!(http_date(UNIX_EPOCH + Duration::from_secs(951_782_400)), "Tue, 29 Feb 2000 00:00:00 GMT");
    }
}
