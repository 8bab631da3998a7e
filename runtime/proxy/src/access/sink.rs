//! Log files: lines are collected in memory and written by one thread.
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::config::log::LogSink;

/// All log files of a process.
#[derive(Debug, Default)]
pub(crate) struct LogHub {
    buffers: ArcSwap<BTreeMap<LogSink, Arc<Mutex<Vec<u8>>>>>,
    outputs: Mutex<BTreeMap<LogSink, Option<File>>>,
}

/// More than this is not kept when the disk is slow; lines are dropped then.
const MAX_BUFFER: usize = 16 << 20;

impl LogHub {
    /// Opens logs anew, as after a rotation; logs of connections that still run stay open.
    pub(crate) fn open(&self, sinks: impl IntoIterator<Item = LogSink>) {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffers = BTreeMap::clone(&self.buffers.load());
        for sink in sinks {
            let file = match &sink {
                LogSink::File(path) => OpenOptions::new().create(true).append(true).open(path).ok(),
                LogSink::Stdout | LogSink::Stderr | LogSink::Service(_) => None,
            };
            outputs.insert(sink.clone(), file);
            buffers.entry(sink).or_default();
        }
        self.buffers.store(Arc::new(buffers));
    }

    /// Opens the files of all logs anew, after they were moved away.
    pub(crate) fn reopen(&self) {
        self.flush();
        let sinks: Vec<_> = self.buffers.load().keys().cloned().collect();
        self.open(sinks);
    }

    /// Appends a line.
    pub(crate) fn append(&self, sink: &LogSink, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        if let Some(buffer) = self.buffers.load().get(sink) {
            let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
            if buffer.len() + line.len() <= MAX_BUFFER {
                buffer.extend_from_slice(line);
            }
        }
    }

    /// The services that logs are sent to.
    pub(crate) fn services(&self) -> Vec<LogSink> {
        let buffers = self.buffers.load();
        buffers.keys().filter(|sink| matches!(sink, LogSink::Service(_))).cloned().collect()
    }

    /// Takes what was collected for a service.
    pub(crate) fn take(&self, sink: &LogSink) -> Vec<u8> {
        let buffers = self.buffers.load();
        let Some(buffer) = buffers.get(sink) else { return Vec::new() };
        std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes what was collected. A failing disk loses lines, not requests.
    pub(crate) fn flush(&self) {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        for (sink, buffer) in self.buffers.load().iter() {
            if matches!(sink, LogSink::Service(_)) {
                continue;
            }
            let lines = std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner));
            if lines.is_empty() {
                continue;
            }
            let _lost = match (sink, outputs.get_mut(sink)) {
                (LogSink::Stdout, _) => std::io::stdout().write_all(&lines),
                (LogSink::Stderr, _) => std::io::stderr().write_all(&lines),
                (LogSink::File(_), Some(Some(file))) => file.write_all(&lines),
                (LogSink::File(_) | LogSink::Service(_), _) => Ok(()),
            };
        }
    }
}
