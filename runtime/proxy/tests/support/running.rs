//! The proxy as a process of its own, which ends with the test.

use std::io::{BufReader, Read};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A process that runs a bootstrap.
pub(crate) struct Running {
    pub(crate) child: Child,
    /// What it says on its standard error.
    pub(crate) lines: BufReader<ChildStderr>,
    /// Its bootstrap.
    pub(crate) file: PathBuf,
}

impl Running {
    /// Starts the proxy and waits until it listens on this port.
    pub(crate) fn start(bootstrap: &Value, port: u16, more: &[&str]) -> Self {
        Self::behind("true", bootstrap, port, more)
    }

    /// The same, after a command of the shell that limits what it may have.
    pub(crate) fn behind(first: &str, bootstrap: &Value, port: u16, more: &[&str]) -> Self {
        let file = std::env::temp_dir().join(format!("mp-proxy-{}-{port}.json", std::process::id()));
        std::fs::write(&file, bootstrap.to_string()).unwrap();
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{first}; exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_meshproof-proxy"));
        let mut child = command.arg("-c").arg(&file).args(more).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let running = Self { child, lines, file };
        connect(port);
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        if std::thread::panicking() {
            let mut said = String::new();
            let _read = self.lines.read_to_string(&mut said);
            println!("the proxy said: {said}");
        }
        let _gone = std::fs::remove_file(&self.file);
    }
}

/// A connection to a port, as soon as somebody listens there.
pub(crate) fn connect(port: u16) -> TcpStream {
    let begin = Instant::now();
    loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            return stream;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody listens on {port}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
