//! An upstream that reads and writes compressed bodies, and a client.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// A head and its whole body; `None` at the end of the connection.
pub(crate) fn read_whole(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?.to_lowercase();
    let mut body = Vec::new();
    if head.contains("transfer-encoding: chunked") {
        loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                stream.read_exact(&mut byte).ok()?;
                line.push(byte[0]);
            }
            let length = usize::from_str_radix(std::str::from_utf8(&line).ok()?.trim(), 16).ok()?;
            let mut chunk = vec![0; length + 2];
            stream.read_exact(&mut chunk).ok()?;
            if length == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..length]);
        }
    } else if let Some(length) = head.lines().find_map(|l| l.strip_prefix("content-length: ")) {
        body = vec![0; length.parse().ok()?];
        stream.read_exact(&mut body).ok()?;
    }
    Some((head, body))
}

pub(crate) fn packed(format: &str, data: &[u8]) -> Vec<u8> {
    match format {
        "gzip" => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            out.write_all(data).unwrap();
            out.finish().unwrap()
        }
        "br" => {
            let mut out = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            out.write_all(data).unwrap();
            out.into_inner()
        }
        "zstd" => zstd::encode_all(data, 3).unwrap(),
        _ => data.to_vec(),
    }
}

fn unpacked(format: &str, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let read = match format {
        "gzip" => flate2::read::GzDecoder::new(data).read_to_end(&mut out),
        "br" => brotli::Decompressor::new(data, 4096).read_to_end(&mut out),
        "zstd" => zstd::Decoder::new(data).unwrap().read_to_end(&mut out),
        _ => return data.to_vec(),
    };
    read.unwrap();
    out
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

/// Answers with what it was asked, its body read as its coding says; `/send/NAME/MEGABYTES` answers with so many bytes in a coding.
fn answer(stream: &mut TcpStream) -> Option<()> {
    let (head, body) = read_whole(stream)?;
    let path = head.split(' ').nth(1)?.to_owned();
    let (mut said, mut more) = (Vec::new(), String::new());
    if let Some((name, size)) = path.strip_prefix("/send/").and_then(|p| p.split_once('/')) {
        let real = header(&head, "really");
        // A bomb is all of one letter.
        let mut state = 1_u32;
        let mut letter = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (state >> 24) as u8 % 26
        };
        let bomb = !header(&head, "bomb").is_empty();
        let text: Vec<u8> =
            (0..size.parse().ok()?).map(|i: usize| if bomb || i < 4 { b'x' } else { letter() }).collect();
        said = packed(if real.is_empty() { name } else { real }, &text);
        more = format!("content-encoding: {}\r\n", header(&head, "named").replace("same", name));
        if header(&head, "named").is_empty() {
            more = format!("content-encoding: {name}\r\n");
        }
    } else {
        let text = String::from_utf8_lossy(&unpacked(header(&head, "content-encoding"), &body)).into_owned();
        said.extend_from_slice(head.as_bytes());
        said.extend_from_slice(text.as_bytes());
    }
    for line in head.lines().filter_map(|line| line.strip_prefix("reply-")) {
        more.push_str(&format!("{line}\r\n"));
    }
    let length = said.len();
    let mut text = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nx-length: {length}\r\n{more}\r\n")
        .into_bytes();
    text.extend_from_slice(&said);
    stream.write_all(&text).ok()
}

pub(crate) fn upstream() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || while answer(&mut stream).is_some() {});
        }
    });
    port
}

/// What is answered, without what differs from run to run; a body that is compressed, as what it stands for.
pub(crate) fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let Some((head, body)) = read_whole(&mut stream) else { return "no answer".to_owned() };
    let body = unpacked(header(&head, "content-encoding"), &body);
    let said = if body.starts_with(b"xxxx") {
        format!("{} bytes", body.len())
    } else {
        String::from_utf8_lossy(&body).into_owned()
    };
    let varies = ["date:", "x-request-id:", "x-envoy-upstream-service-time:", "content-length:", "x-length:"];
    let text = format!("{head}{said}");
    let lines = text.lines().filter(|line| !varies.iter().any(|v| line.starts_with(v)));
    lines.collect::<Vec<_>>().join("\n").replace(&port.to_string(), "PORT")
}
