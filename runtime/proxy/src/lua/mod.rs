//! Lua in the proxy: the interpreter that Envoy has (LuaJIT), one state for each script and worker, and a coroutine for each
//! stream, as `source/extensions/filters/common/lua/lua.cc` keeps them.
mod host;
mod signature;
mod stream;
mod values;

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use mlua::{
    ChunkMode, Function, HookTriggers, Lua, LuaOptions, MultiValue, StdLib, Table, Thread, ThreadStatus,
    Value, VmState,
};

pub(crate) use stream::{Facts, Levels, Stream};

/// Instructions that the definitions of a script may take: one that goes on for ever must not keep the proxy from saying so.
const MOST_AT_LOAD: u32 = 50_000_000;

/// The source text of a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code(Vec<u8>);

impl Code {
    /// A script that loads: its definitions were run once. The error is what Lua says, after Envoy's words for it.
    pub(crate) fn new(source: Vec<u8>) -> Result<Arc<Self>, String> {
        let code = Self(source);
        Script::load(&code).map_err(|error| format!("script load error: {error}"))?;
        Ok(Arc::new(code))
    }
}

/// A script with its state.
pub(crate) struct Script {
    lua: Lua,
    handle: Function,
    ask: Table,
    /// `envoy_on_request`.
    pub(crate) on_request: Option<Function>,
    /// `envoy_on_response`.
    pub(crate) on_response: Option<Function>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").finish_non_exhaustive()
    }
}

impl Script {
    fn load(code: &Code) -> Result<Self, String> {
        Self::try_load(code).map_err(|error| message(&error))
    }

    fn try_load(code: &Code) -> mlua::Result<Self> {
        // A protected call of Lua's own can be left by a yield, the one that keeps panics from scripts cannot.
        let options = LuaOptions::new().catch_rust_panics(true);
        let lua = Lua::new_with(StdLib::ALL_SAFE, options)?;
        let jit: Table = lua.globals().get("jit")?;
        if !crate::sys::may_compile() {
            jit.get::<Function>("off")?.call::<()>(())?;
            jit.set("on", jit.get::<Function>("off")?)?;
        }
        let ask = lua.create_table()?;
        let prelude = lua.load(include_str!("prelude.lua")).set_name("=prelude").set_mode(ChunkMode::Text);
        let handle: Function = prelude.call((host::functions(&lua)?, &ask))?;
        // A script is named by its own text, as `luaL_dostring` has it; messages show its first line.
        let name = String::from_utf8_lossy(&code.0).replace('\0', "");
        // Compiled code runs without hooks.
        jit.get::<Function>("off")?.call::<()>(())?;
        lua.set_global_hook(HookTriggers::new().every_nth_instruction(MOST_AT_LOAD), |_, _| {
            Err::<VmState, _>(mlua::Error::RuntimeError("the script does not come to an end".to_owned()))
        })?;
        lua.load(code.0.as_slice()).set_name(name).set_mode(ChunkMode::Text).exec()?;
        lua.remove_global_hook();
        jit.get::<Function>("on")?.call::<()>(())?;
        let globals = lua.globals();
        let function = |name: &str| -> mlua::Result<Option<Function>> {
            Ok(match globals.get::<Value>(name)? {
                Value::Function(function) => Some(function),
                _ => None,
            })
        };
        let (on_request, on_response) = (function("envoy_on_request")?, function("envoy_on_response")?);
        Ok(Self { lua, handle, ask, on_request, on_response })
    }
}

/// The scripts that a worker has used.
#[derive(Debug, Default)]
pub(crate) struct Scripts(RefCell<BTreeMap<usize, Option<Rc<Script>>>>);

impl Scripts {
    /// The script of this code; one that loads here no more is none.
    pub(crate) fn get(&self, code: &Arc<Code>) -> Option<Rc<Script>> {
        // INVARIANT: the program keeps every code for as long as the worker lives, so an address stands for one code.
        let key = Arc::as_ptr(code) as usize;
        self.0.borrow_mut().entry(key).or_insert_with(|| Script::load(code).ok().map(Rc::new)).clone()
    }
}

/// What a script waits for, or how it ended.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It has come to its end.
    Nothing,
    /// It has failed; what Envoy would log.
    Failure(String),
    /// The whole body.
    Body,
    /// The next part of the body.
    Chunk,
    /// The trailers.
    Trailers,
    /// The route, which must be looked for again.
    Route,
    /// It has answered the request: status, headers and body.
    Respond(u16, Vec<Pair>, Option<Vec<u8>>),
    /// A request to a cluster.
    Call(Call),
}

/// Name and value of a header.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// A request that a script makes.
#[derive(Debug)]
pub(crate) struct Call {
    /// The cluster.
    pub(crate) cluster: String,
    /// Headers, pseudo headers among them.
    pub(crate) headers: Vec<Pair>,
    /// The body.
    pub(crate) body: Option<Vec<u8>>,
    /// Longest time in milliseconds; zero is none.
    pub(crate) timeout: u64,
    /// Whether the script does not wait for the answer.
    pub(crate) forget: bool,
}

/// What a script is told when it goes on.
#[derive(Debug)]
pub(crate) enum Told {
    /// Nothing.
    Nothing,
    /// That there is a part of the body.
    Chunk,
    /// Headers and body of an answer.
    Answer(Vec<Pair>, Vec<u8>),
}

/// A script at work for one stream.
pub(crate) struct Run {
    script: Rc<Script>,
    thread: Thread,
    started: bool,
    /// What the script sees.
    stream: Rc<RefCell<Stream>>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl Run {
    /// A function of a script for a stream; nothing runs before `go_on`. The error is Lua's, for want of memory.
    pub(crate) fn new(script: Rc<Script>, function: &Function, stream: Stream) -> Result<Self, String> {
        let thread = script.lua.create_thread(function.clone()).map_err(|e| message(&e))?;
        Ok(Self { script, thread, started: false, stream: Rc::new(RefCell::new(stream)) })
    }

    /// What the script sees, to be read.
    pub(crate) fn stream(&self) -> Ref<'_, Stream> {
        self.stream.borrow()
    }

    /// Changes what the script sees.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Stream) -> T) -> T {
        change(&mut self.stream.borrow_mut())
    }

    /// Lets the script run until it ends or waits.
    pub(crate) fn go_on(&mut self, told: Told) -> Asked {
        self.with(Stream::wake);
        let asked = self.resume(told).unwrap_or_else(|error| Asked::Failure(message(&error)));
        self.with(Stream::sleep);
        asked
    }

    fn resume(&mut self, told: Told) -> mlua::Result<Asked> {
        let lua = &self.script.lua;
        let mut args = MultiValue::new();
        if !std::mem::replace(&mut self.started, true) {
            let stream = lua.create_userdata(stream::Shared(self.stream.clone()))?;
            args.push_back(self.script.handle.call::<Value>(stream)?);
        }
        match told {
            Told::Nothing => {}
            Told::Chunk => args.push_back(Value::Boolean(true)),
            Told::Answer(headers, body) => {
                args.push_back(Value::Table(values::pairs(lua, headers)?));
                args.push_back(match body.is_empty() {
                    true => Value::Nil,
                    false => Value::String(lua.create_string(body)?),
                });
            }
        }
        let mut given = self.thread.resume::<MultiValue>(args)?;
        if self.thread.status() != ThreadStatus::Resumable {
            return Ok(Asked::Nothing);
        }
        match given.pop_front() {
            Some(Value::Table(table)) if table == self.script.ask => asked(&mut given),
            _ => Ok(Asked::Failure("script performed an unexpected yield".to_owned())),
        }
    }
}

fn asked(given: &mut MultiValue) -> mlua::Result<Asked> {
    let mut next = || given.pop_front().unwrap_or(Value::Nil);
    let bytes = |value: Value| match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        _ => None,
    };
    let whole = |value: &Value| match value {
        Value::Integer(number) => u64::try_from(*number).unwrap_or_default(),
        Value::Number(number) => *number as u64,
        _ => 0,
    };
    let what = bytes(next()).unwrap_or_default();
    Ok(match what.as_slice() {
        b"body" => Asked::Body,
        b"chunk" => Asked::Chunk,
        b"trailers" => Asked::Trailers,
        b"route" => Asked::Route,
        b"respond" => {
            let (status, headers) = (whole(&next()) as u16, values::list(&next())?);
            Asked::Respond(status, headers, bytes(next()))
        }
        b"call" => {
            let cluster = String::from_utf8_lossy(&bytes(next()).unwrap_or_default()).into_owned();
            let (headers, body) = (values::list(&next())?, bytes(next()));
            let (timeout, forget) = (whole(&next()), next().as_boolean().unwrap_or(false));
            Asked::Call(Call { cluster, headers, body, timeout, forget })
        }
        _ => Asked::Failure("script performed an unexpected yield".to_owned()),
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
    if text.is_empty() || text == "<unprintable error>" {
        "unspecified lua error".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests;
