//! The Lua filter on the way of the request, after `source/extensions/filters/http/lua/lua_filter.cc`.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::watch::Watcher;
use crate::access::info::flag;
use crate::config::lua::{LuaFilter, LuaRoute};
use crate::http::Head;
use crate::loggers::Level;
use crate::lua::{Asked, Call, Facts, Levels, Pair, Run, Stream, Told};
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};
use crate::server::{send_and_forget, send_request};

/// Metadata of this name is for every Lua filter that has none of its own.
const NAME: &str = "envoy.filters.http.lua";

impl<'a> Exchange<'a> {
    /// The script of a filter for this request or its response, ready to run; nothing where it has no function for that.
    pub(super) fn script(
        &mut self,
        (filter, name): (&'a LuaFilter, &str),
        route: Option<&'a LuaRoute>,
        response: bool,
        ended: bool,
    ) -> Option<Run> {
        let (code, context) = filter.script(route)?;
        let script = self.worker.scripts.get(code)?;
        let function = if response { script.on_response.clone() } else { script.on_request.clone() }?;
        let facts = Facts {
            connection: self.connection.clone(),
            remote: self.info.remote.clone(),
            protocol: self.info.protocol,
            program: self.worker.global.program.clone(),
            filters: self.hcm.stats().filters.clone(),
            prefix: filter.prefix.clone(),
            process: self.worker.global.process.clone(),
            context: context.clone(),
            response,
            clears: filter.clears,
        };
        self.hcm.stats().filters.add(&format!("{}executions", filter.prefix));
        let mut stream = Stream::new(facts, ended);
        stream.levels = self.levels(name);
        match Run::new(script, &function, stream) {
            Ok(run) => Some(run),
            Err(error) => {
                self.script_failed(&filter.prefix, &error);
                None
            }
        }
    }

    /// Metadata for a filter, of the route and of its virtual host.
    fn levels(&self, name: &str) -> Levels {
        let of = |all: Option<&Arc<Value>>, name: &str| {
            let found = all?.get(name)?.as_object()?;
            Some(Arc::new(found.clone()))
        };
        let Some(matched) = self.matched else { return Levels::default() };
        let (route, host) = (matched.route.own_metadata.as_ref(), matched.host.own_metadata.as_ref());
        let own = of(route, name);
        Levels { any: own.clone().or_else(|| of(route, NAME)), route: own, host: of(host, name) }
    }

    /// Counts and logs what went wrong in a script; the stream goes on.
    pub(super) fn script_failed(&self, prefix: &str, error: &str) {
        self.hcm.stats().filters.add(&format!("{prefix}errors"));
        self.worker.global.script_says(Level::Error, error);
    }

    /// Lets a script of the request run until it ends or waits.
    fn go_on(&mut self, run: &mut Run, told: Told) -> Asked {
        run.with(|stream| {
            std::mem::swap(&mut stream.head, &mut self.head);
            stream.lend(&mut self.info);
        });
        let asked = run.go_on(told);
        run.with(|stream| {
            std::mem::swap(&mut stream.head, &mut self.head);
            stream.give_back(&mut self.info);
        });
        asked
    }

    /// Runs `envoy_on_request`.
    pub(super) async fn lua(
        &mut self,
        (filter, name): (&'a LuaFilter, &'a str),
        route: Option<&'a LuaRoute>,
    ) -> Result<(), Stop> {
        let ended = self.body.is_done() && self.buffered.is_empty() && self.buffered_trailers.is_none();
        let Some(mut run) = self.script((filter, name), route, false, ended) else { return Ok(()) };
        let mut told = Told::Nothing;
        let mut waited = false;
        loop {
            match self.go_on(&mut run, told) {
                Asked::Nothing => break,
                Asked::Failure(error) => {
                    self.script_failed(&filter.prefix, &error);
                    break;
                }
                Asked::Body => {
                    self.whole_body(&run).await?;
                    (told, waited) = (Told::Nothing, true);
                }
                Asked::Route => {
                    self.route_for(&run, name)?;
                    told = Told::Nothing;
                }
                Asked::Call(call) => (told, waited) = (self.script_call(call).await, true),
                Asked::Respond(status, headers, body) => {
                    let reply = lua_reply(status, headers, body);
                    return Err(if waited { reply.awaited() } else { reply }.into());
                }
                asked @ (Asked::Chunk | Asked::Trailers) => {
                    run.with(|stream| stream.continued = true);
                    self.adopt(&mut run)?;
                    return self.watch(run, asked).await;
                }
            }
        }
        self.adopt(&mut run)
    }

    /// Looks for the route again, because a script asks for what it says.
    fn route_for(&mut self, run: &Run, name: &str) -> Result<(), Stop> {
        self.find_route()?;
        run.with(|stream| (stream.stale, stream.levels) = (false, self.levels(name)));
        Ok(())
    }

    /// Takes over what a script has decided.
    fn adopt(&mut self, run: &mut Run) -> Result<(), Stop> {
        let (stale, drain, body, endpoint) = run.with(|stream| {
            let body = stream.body.take();
            (std::mem::take(&mut stream.stale), stream.drain, body, stream.endpoint.take())
        });
        self.closing |= drain;
        if let Some(body) = body {
            self.buffered = if body.is_empty() { Vec::new() } else { vec![Bytes::from(body)] };
        }
        if endpoint.is_some() {
            self.notes.wanted = endpoint;
        }
        if stale {
            self.find_route()?;
        }
        self.check_script_head()
    }

    /// A request that the router would not send (`HeaderUtility::checkRequiredRequestHeaders` and
    /// `HeaderUtility::checkValidRequestHeaders`).
    fn check_script_head(&self) -> Result<(), Stop> {
        let refuse = |text: String| {
            let details = format!("filter_removed_required_request_headers{{{}}}", text.replace(' ', "_"));
            Err(Reply::new(503, text.into_bytes(), details).flagged(flag::DOWNSTREAM_PROTOCOL).into())
        };
        if self.matched.is_none() {
            return Ok(());
        }
        if self.head.method.is_empty() {
            return refuse("missing required header: :method".to_owned());
        }
        let broken = |value: &[u8]| value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
        let pseudo = [(b":path".as_slice(), self.head.path.as_slice()), (b":method", &self.head.method)];
        match pseudo.into_iter().chain(self.head.iter()).find(|(_, value)| broken(value)) {
            Some((name, _)) => refuse(format!("invalid header value for: {}", String::from_utf8_lossy(name))),
            None => Ok(()),
        }
    }

    /// Reads the body for a script.
    async fn whole_body(&mut self, run: &Run) -> Result<(), Stop> {
        if !self.buffer_body(self.buffer_limit()).await? {
            let reply = Reply::new(413, "Payload Too Large".as_bytes(), "request_payload_too_large");
            return Err(reply.awaited().closing().into());
        }
        let body = self.buffered.concat();
        let trailers = self.buffered_trailers.is_some();
        run.with(|stream| {
            (stream.ended, stream.saw, stream.buffered) = (true, true, true);
            stream.body = (!body.is_empty() || !trailers).then_some(body);
            stream.trailers.clone_from(&self.buffered_trailers);
        });
        Ok(())
    }

    /// Lets a script see the rest of the body as it passes.
    async fn watch(&mut self, mut run: Run, mut asked: Asked) -> Result<(), Stop> {
        let known = std::mem::take(&mut self.buffered);
        for data in known {
            let (data, next) = self.see_chunk(&mut run, asked, data).await;
            asked = next;
            self.buffered.push(data);
        }
        if self.body.is_done() {
            let trailers = self.buffered_trailers.take();
            self.buffered_trailers = self.see_end(&mut run, asked, trailers).await;
        } else {
            self.watching.push(Watcher::Script(run, asked));
        }
        Ok(())
    }

    /// A script sees a part of the body; tells what the part is now and what the script waits for.
    pub(super) async fn see_chunk(&mut self, run: &mut Run, asked: Asked, data: Bytes) -> (Bytes, Asked) {
        run.with(|stream| stream.saw = true);
        if !matches!(asked, Asked::Chunk) {
            return (data, asked);
        }
        run.with(|stream| stream.chunk = data.to_vec());
        let next = self.go_on(run, Told::Chunk);
        let next = self.settle(run, next).await;
        (Bytes::from(run.with(|stream| std::mem::take(&mut stream.chunk))), next)
    }

    /// A script sees the end; tells what the trailers are now.
    pub(super) async fn see_end(
        &mut self,
        run: &mut Run,
        asked: Asked,
        trailers: Option<Head>,
    ) -> Option<Head> {
        run.with(|stream| (stream.ended, stream.saw, stream.trailers) = (true, true, trailers));
        if matches!(asked, Asked::Chunk | Asked::Trailers) {
            let next = self.go_on(run, Told::Nothing);
            self.settle(run, next).await;
        }
        run.with(|stream| stream.trailers.take())
    }

    /// Serves what a script asks for that has let its head go on, until it waits for the body again.
    async fn settle(&mut self, run: &mut Run, mut asked: Asked) -> Asked {
        loop {
            let told = match asked {
                Asked::Call(call) => self.script_call(call).await,
                Asked::Route => {
                    run.with(|stream| stream.stale = false);
                    Told::Nothing
                }
                Asked::Failure(error) => {
                    let prefix = run.stream().facts.prefix.clone();
                    self.script_failed(&prefix, &error);
                    return Asked::Nothing;
                }
                Asked::Chunk | Asked::Trailers => return asked,
                Asked::Nothing | Asked::Body | Asked::Respond(..) => return Asked::Nothing,
            };
            asked = self.go_on(run, told);
        }
    }

    /// Makes a request for a script.
    pub(super) async fn script_call(&self, call: Call) -> Told {
        let mut head = Head::default();
        for (name, value) in &call.headers {
            match name.as_slice() {
                b":method" => head.method.clone_from(value),
                b":path" => head.path.clone_from(value),
                b":authority" | b"host" => head.authority = Some(value.clone()),
                b":scheme" => head.scheme.clone_from(value),
                _ => head.add(name, value),
            }
        }
        let body = call.body.unwrap_or_default();
        if !body.is_empty() {
            head.set(b"content-length", body.len().to_string().as_bytes());
        }
        head.set(b"x-envoy-internal", b"true");
        head.set(b"x-forwarded-for", self.worker.global.node_ip.to_string().as_bytes());
        if call.timeout > 0 {
            head.set(b"x-envoy-expected-rq-timeout-ms", call.timeout.to_string().as_bytes());
        }
        if call.forget {
            send_and_forget(self.worker.clone(), call.cluster, head, body);
            return Told::Nothing;
        }
        let timeout = Duration::from_millis(call.timeout);
        let begin = std::time::Instant::now();
        let answer = match self.worker.cluster(&call.cluster) {
            Some(cluster) => send_request(cluster, self.worker.random(), &head, &body, timeout).await,
            None => None,
        };
        let late = call.timeout > 0 && begin.elapsed() >= timeout;
        told(answer, late, begin.elapsed())
    }
}

/// What a script is told of an answer.
fn told(answer: Option<(Head, Vec<u8>)>, late: bool, took: Duration) -> Told {
    let plain = |status: &str, body: &str| {
        let text = |text: &str| text.as_bytes().to_vec();
        let headers = vec![
            (text(":status"), text(status)),
            (text("content-length"), text(&body.len().to_string())),
            (text("content-type"), text("text/plain")),
        ];
        Told::Answer(headers, text(body))
    };
    match answer {
        Some((head, body)) => {
            let mut headers = vec![(b":status".to_vec(), head.status.to_string().into_bytes())];
            headers.extend(head.iter().map(|(name, value)| (name.to_vec(), value.to_vec())));
            let took = took.as_millis().to_string().into_bytes();
            headers.push((b"x-envoy-upstream-service-time".to_vec(), took));
            Told::Answer(headers, body)
        }
        None if late => plain("504", "upstream request timeout"),
        None => plain(
            "503",
            "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure",
        ),
    }
}

/// The answer of a script; what describes a body is left out where there is none.
fn lua_reply(status: u16, headers: Vec<Pair>, body: Option<Vec<u8>>) -> Reply {
    let body = body.unwrap_or_default();
    let empty = body.is_empty();
    let mut reply = Reply::new(status, body, "lua_response");
    reply.headers = headers;
    reply.headers.retain(|(name, _)| {
        let body = name == b"content-length" || (empty && name == b"content-type");
        !body && name.first() != Some(&b':')
    });
    reply
}
