//! Log files: lines are collected in memory and written by one thread.
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use crate::config::log::LogSink;

/// All log files of a process.
#[derive(Debug)]
pub(crate) struct LogHub {
    buffers: BTreeMap<LogSink, Mutex<Vec<u8>>>,
    outputs: Mutex<BTreeMap<LogSink, Option<File>>>,
}

/// More than this is not kept when the disk is slow; lines are dropped then.
const MAX_BUFFER: usize = 16 << 20;

impl LogHub {
    /// Opens every log.
    pub(crate) fn new(sinks: impl IntoIterator<Item = LogSink>) -> Self {
        let mut buffers = BTreeMap::new();
        let mut outputs = BTreeMap::new();
        for sink in sinks {
            let file = match &sink {
                LogSink::File(path) => OpenOptions::new().create(true).append(true).open(path).ok(),
                LogSink::Stdout | LogSink::Stderr => None,
            };
            outputs.insert(sink.clone(), file);
            buffers.insert(sink, Mutex::default());
        }
        Self { buffers, outputs: Mutex::new(outputs) }
    }

    /// Appends a line.
    pub(crate) fn append(&self, sink: &LogSink, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        if let Some(buffer) = self.buffers.get(sink) {
            let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
            if buffer.len() + line.len() <= MAX_BUFFER {
                buffer.extend_from_slice(line);
            }
        }
    }

    /// Writes what was collected. A failing disk loses lines, not requests.
    pub(crate) fn flush(&self) {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        for (sink, buffer) in &self.buffers {
            let lines = std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner));
            if lines.is_empty() {
                continue;
            }
            let _lost = match (sink, outputs.get_mut(sink)) {
                (LogSink::Stdout, _) => std::io::stdout().write_all(&lines),
                (LogSink::Stderr, _) => std::io::stderr().write_all(&lines),
                (LogSink::File(_), Some(Some(file))) => file.write_all(&lines),
                (LogSink::File(_), _) => Ok(()),
            };
        }
    }
}
