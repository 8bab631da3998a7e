//! Lua code of filters, run on one request or response without anything around it: no clock, no files, no network, no chance, and
//! limits of time and memory. What the code asks for that only a running proxy knows ends the run as unknown.
//!
//! It is an interpreter of its own, and shares nothing with the one of the proxy but the language: each can contradict the other.

mod head;
mod host;

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{ChunkMode, Function, HookTriggers, Lua, LuaOptions, StdLib, Table, ThreadStatus, Value, VmState};

pub(crate) use head::Head;

/// Instructions that a run may take.
const MOST_STEPS: u32 = 2_000_000;
/// Instructions between two looks at the count.
const STEPS: u32 = 10_000;
/// Bytes that a run may hold.
const MOST_MEMORY: usize = 32 << 20;

/// What a script sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    /// The head that it may change.
    pub(crate) head: Head,
    /// The request, where the head is a response's.
    pub(crate) request: Option<Head>,
    pub(crate) body: Body,
    /// `HTTP/1.1` or `HTTP/2`.
    pub(crate) protocol: &'static str,
    pub(crate) route: String,
    pub(crate) server_name: String,
    /// The client has spoken TLS.
    pub(crate) tls: bool,
    /// Namespaces of metadata that others have written to.
    pub(crate) written: Vec<String>,
}

/// A body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Body {
    /// There is none.
    #[default]
    Absent,
    /// This one.
    Known(String),
    /// There may be one.
    Unknown,
}

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) stream: Stream,
    /// What it did, with the lines of the code.
    pub(crate) deeds: Vec<(usize, String)>,
    /// The head was changed, or the script asks for it: the route must be looked for again.
    pub(crate) stale: bool,
    /// It has waited for the body.
    pub(crate) waited: bool,
    /// Namespaces of metadata that it has written to.
    pub(crate) wrote: Vec<String>,
    /// How it ended.
    pub(crate) end: End,
}

/// How a run ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// At its end, or there is no such function.
    #[default]
    Done,
    /// The script failed; Envoy logs this and goes on.
    Failed(String),
    /// The script has answered: status, header lines, body.
    Answered(u32, Vec<(String, String)>, String),
    /// The script asks for something that cannot be told, in this line.
    Unknown(usize, String),
    /// The script does not load, so that Envoy refuses the configuration.
    Broken(String),
}

/// What the functions behind the script share.
#[derive(Debug, Default)]
struct State {
    ran: Ran,
    steps: u32,
    answer: Option<(u32, Vec<(String, String)>, String)>,
    unknown: Option<(usize, String)>,
}

/// Runs a function of a script.
pub(crate) fn run(code: &str, function: &str, stream: Stream) -> Ran {
    let state = Rc::new(RefCell::new(State { ran: Ran { stream, ..Ran::default() }, ..State::default() }));
    let end = run_with(code, function, &state).unwrap_or_else(|error| End::Failed(message(&error)));
    let mut state = std::mem::take(&mut *state.borrow_mut());
    state.ran.end = match (state.unknown, state.answer, end) {
        (Some((line, what)), _, _) => End::Unknown(line, what),
        (None, Some((status, headers, body)), _) => End::Answered(status, headers, body),
        (None, None, end) => end,
    };
    state.ran
}

fn run_with(code: &str, function: &str, state: &Rc<RefCell<State>>) -> mlua::Result<End> {
    let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH | StdLib::BIT;
    let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(true))?;
    lua.set_memory_limit(MOST_MEMORY)?;
    limit(&lua, state)?;
    let ask = lua.create_table()?;
    let prelude = lua.load(include_str!("prelude.lua")).set_name("=prelude").set_mode(ChunkMode::Text);
    let begin: Function = prelude.call((host::functions(&lua, state)?, &ask))?;
    let chunk = lua.load(code).set_name(code.replace('\0', "")).set_mode(ChunkMode::Text).into_function();
    let chunk = match chunk {
        Ok(chunk) => chunk,
        Err(error) => return Ok(End::Broken(message(&error))),
    };
    if let End::Failed(error) = finish(&lua, chunk, Value::Nil, &ask)? {
        return Ok(End::Broken(error));
    }
    let Value::Function(wanted) = lua.globals().get::<Value>(function)? else { return Ok(End::Done) };
    let handle: Value = begin.call(())?;
    finish(&lua, wanted, handle, &ask)
}

/// Runs a function to its end, or to where it waits for something.
fn finish(lua: &Lua, function: Function, argument: Value, ask: &Table) -> mlua::Result<End> {
    let thread = lua.create_thread(function)?;
    match thread.resume::<Value>(argument) {
        Err(mlua::Error::MemoryError(_)) => Ok(End::Unknown(0, "more memory than a run may hold".to_owned())),
        Err(error) => Ok(End::Failed(message(&error))),
        Ok(Value::Table(given)) if given == *ask => Ok(End::Done),
        Ok(_) if thread.status() == ThreadStatus::Resumable => {
            Ok(End::Failed("script performed an unexpected yield".to_owned()))
        }
        Ok(_) => Ok(End::Done),
    }
}

/// Ends a run that takes too long.
fn limit(lua: &Lua, state: &Rc<RefCell<State>>) -> mlua::Result<()> {
    let state = state.clone();
    // Coroutines of the script run under it too.
    lua.set_global_hook(HookTriggers::new().every_nth_instruction(STEPS), move |_, debug| {
        let mut state = state.borrow_mut();
        state.steps += STEPS;
        if state.steps <= MOST_STEPS {
            return Ok(VmState::Continue);
        }
        if state.unknown.is_none() {
            let line = debug.current_line().unwrap_or_default();
            state.unknown = Some((line, "where so long a run comes to".to_owned()));
        }
        Err(mlua::Error::RuntimeError("the run is over".to_owned()))
    })
}

/// What Lua says of an error, without the stack.
fn message(error: &mlua::Error) -> String {
    let text = match error {
        mlua::Error::SyntaxError { message, .. } | mlua::Error::RuntimeError(message) => message.clone(),
        mlua::Error::CallbackError { cause, .. } => return message(cause),
        other => other.to_string(),
    };
    let text = text.split("\nstack traceback:").next().unwrap_or_default();
    let text = if text == "<unprintable error>" { "" } else { text };
    if text.is_empty() { "unspecified lua error".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests;
