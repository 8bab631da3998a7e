//! The functions behind the objects of scripts; `prelude.lua` has checked what it gives them.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{FromLuaMulti, IntoLuaMulti, Lua, Table};

use super::{Body, Head, State};
use crate::base64;

/// What stands for values that a running proxy makes.
const MADE: &str = "<uuid>";

/// Headers of responses that are not followed, or come into being on the way.
const LATE: [&str; 4] = ["content-length", "date", "server", "x-envoy-upstream-service-time"];

struct Functions<'l> {
    lua: &'l Lua,
    table: Table,
    state: &'l Rc<RefCell<State>>,
}

impl Functions<'_> {
    fn add<A: FromLuaMulti, R: IntoLuaMulti>(
        &self,
        name: &str,
        body: impl Fn(&Lua, &mut State, A) -> mlua::Result<R> + 'static,
    ) -> mlua::Result<()> {
        let state = self.state.clone();
        let function =
            self.lua.create_function(move |lua, args: A| body(lua, &mut state.borrow_mut(), args))?;
        self.table.raw_set(name, function)
    }
}

/// All functions, for the prelude.
pub(super) fn functions(lua: &Lua, state: &Rc<RefCell<State>>) -> mlua::Result<Table> {
    let functions = Functions { lua, table: lua.create_table()?, state };
    run(&functions)?;
    changes(&functions)?;
    headers(&functions)?;
    bodies(&functions)?;
    facts(&functions)?;
    Ok(functions.table)
}

/// The line of the script that is at work.
fn line(lua: &Lua) -> usize {
    let here = |level: usize| {
        lua.inspect_stack(level, |debug| {
            let own = debug.source().short_src.is_some_and(|source| source.starts_with("[string"));
            (own, debug.current_line().unwrap_or_default())
        })
    };
    (0..64).map_while(here).find(|(own, _)| *own).map_or(0, |(_, line)| line)
}

fn text(bytes: &mlua::String) -> String {
    bytes.to_string_lossy()
}

fn run(to: &Functions<'_>) -> mlua::Result<()> {
    to.add("unknown", |lua, state, what: String| {
        if state.unknown.is_none() {
            state.unknown = Some((line(lua), what));
        }
        Ok(())
    })?;
    to.add("is_over", |_, state, ()| Ok(state.steps > super::MOST_STEPS))?;
    to.add("log", |lua, state, what: mlua::String| deed(lua, state, format!("logs `{}`", text(&what))))?;
    to.add("respond", |_, state, (status, list, body): (u32, Vec<mlua::String>, mlua::String)| {
        let lines = list.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((text(name).to_ascii_lowercase(), text(value))),
            _ => None,
        });
        state.answer = Some((status, lines.collect(), text(&body)));
        Ok(())
    })
}

fn head(state: &mut State, which: u8) -> &mut Head {
    if which == 1 { &mut state.ran.stream.head } else { state.ran.stream.request.get_or_insert_default() }
}

/// Notes what the script has done, with its line.
fn deed(lua: &Lua, state: &mut State, what: String) -> mlua::Result<()> {
    state.ran.deeds.push((line(lua), what));
    Ok(())
}

fn changes(to: &Functions<'_>) -> mlua::Result<()> {
    to.add("modify", |_, state, ()| {
        state.ran.stale |= state.ran.stream.request.is_none();
        Ok(true)
    })?;
    to.add("add", |lua, state, (which, name, value): (u8, mlua::String, mlua::String)| {
        let (name, value) = (text(&name).to_ascii_lowercase(), text(&value));
        head(state, which).add(&name, &value);
        deed(lua, state, format!("adds the header `{name}: {value}`"))
    })?;
    to.add("replace", |lua, state, (which, name, value): (u8, mlua::String, mlua::String)| {
        let (name, value) = (text(&name).to_ascii_lowercase(), text(&value));
        head(state, which).replace(&name, &value);
        deed(lua, state, format!("sets the header `{name}: {value}`"))
    })?;
    to.add("remove", |lua, state, (which, name): (u8, mlua::String)| {
        let name = text(&name).to_ascii_lowercase();
        head(state, which).remove(&name);
        deed(lua, state, format!("removes the header `{name}`"))
    })
}

fn headers(to: &Functions<'_>) -> mlua::Result<()> {
    to.add("values", |_, state, (which, name): (u8, mlua::String)| {
        let name = text(&name).to_ascii_lowercase();
        let found = head(state, which).values(&name);
        let response = which == 1 && state.ran.stream.request.is_some();
        let made =
            response && LATE.contains(&name.as_str()) || found.iter().any(|value| value.contains(MADE));
        Ok((found, made))
    })?;
    to.add("list", |_, state, which: u8| {
        let all = head(state, which).list();
        Ok(all.into_iter().flat_map(|(name, value)| [name, value]).collect::<Vec<_>>())
    })?;
    to.add("clear", |_, state, ()| {
        state.ran.stale |= state.ran.stream.request.is_none();
        Ok(())
    })
}

fn bodies(to: &Functions<'_>) -> mlua::Result<()> {
    to.add("body_state", |_, state, ()| {
        state.ran.waited |= matches!(state.ran.stream.body, Body::Known(_));
        Ok(match state.ran.stream.body {
            Body::Absent => "absent",
            Body::Known(_) => "known",
            Body::Unknown => "unknown",
        })
    })?;
    to.add("body", |_, state, ()| {
        Ok(match &state.ran.stream.body {
            Body::Known(text) => text.clone(),
            Body::Absent | Body::Unknown => String::new(),
        })
    })?;
    to.add("set_empty", |_, state, ()| {
        state.ran.stream.body = Body::Known(String::new());
        Ok(())
    })?;
    to.add("set_body", |lua, state, bytes: mlua::String| {
        let length = bytes.as_bytes().len();
        state.ran.stream.body = Body::Known(text(&bytes));
        state.ran.stream.head.replace("content-length", &length.to_string());
        deed(lua, state, format!("replaces the body by {length} bytes"))
    })
}

fn facts(to: &Functions<'_>) -> mlua::Result<()> {
    to.add("is_response", |_, state, ()| Ok(state.ran.stream.request.is_some()))?;
    to.add("has_tls", |_, state, ()| Ok(state.ran.stream.tls))?;
    to.add("fact", |_, state, name: String| {
        let stream = &state.ran.stream;
        Ok(match name.as_str() {
            "protocol" => stream.protocol.to_owned(),
            "routeName" => stream.route.clone(),
            "requestedServerName" => stream.server_name.clone(),
            _ => String::new(),
        })
    })?;
    to.add("is_written", |_, state, name: Option<String>| {
        let written = &state.ran.stream.written;
        Ok(name.map_or(!written.is_empty(), |name| written.contains(&name)))
    })?;
    to.add("write", |_, state, name: String| {
        state.ran.wrote.push(name);
        Ok(())
    })?;
    to.add("escape", |lua, _, bytes: mlua::String| {
        lua.create_string(base64::encode_padded(&bytes.as_bytes()))
    })?;
    to.add("unescape", |lua, _, bytes: mlua::String| {
        let decoded = base64::decode_padded(&bytes.as_bytes());
        decoded.map(|bytes| lua.create_string(bytes)).transpose()
    })
}
