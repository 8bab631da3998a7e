//! The Lua filter on the way of the response. A script that asks for the whole body holds the head back; one that asks for
//! parts watches them pass.
use bytes::Bytes;

use super::watch::Watcher;
use crate::config::filter::FilterKind;
use crate::config::lua::{LuaFilter, LuaRoute};
use crate::config::per_route::PerFilter;
use crate::http::Head;
use crate::lua::{Asked, Run, Told};
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};

/// A response whose head waits for its body.
#[derive(Debug)]
pub(crate) struct Held {
    head: Head,
    run: Run,
    /// Filters before this one in the chain have not seen the head.
    at: usize,
    body: Vec<u8>,
}

/// What is known of a response's body when its head passes the filters.
#[derive(Debug)]
pub(crate) enum Body {
    /// There is none.
    Absent,
    /// It follows.
    Follows,
    /// This is all of it.
    Whole(Box<Whole>),
}

/// All of a body.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The trailers.
    pub(crate) trailers: Option<Head>,
}

impl Body {
    /// Whether the response ends with its head.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Follows => false,
            Self::Whole(whole) => whole.bytes.is_empty() && whole.trailers.is_none(),
        }
    }

    fn whole(bytes: Vec<u8>, trailers: Option<Head>) -> Self {
        Self::Whole(Box::new(Whole { bytes, trailers }))
    }
}

/// What became of a head in the filters.
#[derive(Debug)]
pub(crate) enum Passed {
    /// All have seen it.
    Through(Box<(Head, Body)>),
    /// One holds it.
    Held(Box<Held>),
}

impl<'a> Exchange<'a> {
    /// Lets the filters before `at` see the head, the last one first.
    pub(crate) async fn response_filters(&mut self, mut head: Head, at: usize, mut body: Body) -> Passed {
        let hcm = self.hcm;
        let chain = hcm.filters.chain.get(..at).unwrap_or_default();
        for (index, filter) in chain.iter().enumerate().rev().filter(|(_, f)| f.kind.sees_response()) {
            let setting = self.per_filter(&filter.name);
            if matches!(setting, Some(PerFilter::Disabled)) || (filter.disabled && setting.is_none()) {
                continue;
            }
            let FilterKind::Lua(lua) = &filter.kind else {
                self.response_filter(&filter.kind, setting, &mut head, &mut body);
                continue;
            };
            let route = setting.and_then(PerFilter::lua);
            match Box::pin(self.lua_response((lua, &filter.name), route, head, body)).await {
                Passed::Through(next) => (head, body) = *next,
                Passed::Held(held) => return Passed::Held(Box::new(Held { at: index, ..*held })),
            }
        }
        Passed::Through(Box::new((head, body)))
    }

    /// Runs `envoy_on_response`.
    async fn lua_response(
        &mut self,
        (filter, name): (&'a LuaFilter, &'a str),
        route: Option<&'a LuaRoute>,
        head: Head,
        body: Body,
    ) -> Passed {
        let ended = matches!(body, Body::Absent);
        let Some(run) = self.script((filter, name), route, true, ended) else {
            return Passed::Through(Box::new((head, body)));
        };
        self.drive(run, Told::Nothing, head, body).await
    }

    fn go_on_response(&mut self, run: &mut Run, told: Told, head: &mut Head) -> Asked {
        run.with(|stream| {
            std::mem::swap(&mut stream.head, head);
            std::mem::swap(&mut stream.request, &mut self.head);
            stream.lend(&mut self.info);
        });
        let asked = run.go_on(told);
        run.with(|stream| {
            std::mem::swap(&mut stream.head, head);
            std::mem::swap(&mut stream.request, &mut self.head);
            stream.give_back(&mut self.info);
        });
        asked
    }

    /// Lets a script run until the head may go on or must wait.
    async fn drive(&mut self, mut run: Run, mut told: Told, mut head: Head, mut body: Body) -> Passed {
        loop {
            match self.go_on_response(&mut run, told, &mut head) {
                Asked::Call(call) => told = self.script_call(call).await,
                Asked::Route => {
                    run.with(|stream| stream.stale = false);
                    told = Told::Nothing;
                }
                Asked::Body => {
                    let Body::Whole(whole) = body else {
                        return Passed::Held(Box::new(Held { head, run, at: 0, body: Vec::new() }));
                    };
                    give_body(&run, *whole);
                    body = Body::Whole(Box::default());
                    told = Told::Nothing;
                }
                asked @ (Asked::Chunk | Asked::Trailers) => {
                    run.with(|stream| stream.continued = true);
                    let body = self.watch_response(run, asked, body).await;
                    return Passed::Through(Box::new((head, body)));
                }
                Asked::Failure(error) => {
                    let prefix = run.stream().facts.prefix.clone();
                    self.script_failed(&prefix, &error);
                    break;
                }
                Asked::Nothing | Asked::Respond(..) => break,
            }
        }
        head.reason = run.with(|stream| stream.reason.take()).or(head.reason);
        self.closing |= run.stream().drain;
        let (bytes, trailers, buffered) =
            run.with(|stream| (stream.body.take(), stream.trailers.take(), stream.buffered));
        if buffered || bytes.is_some() {
            body = Body::whole(bytes.unwrap_or_default(), trailers);
        }
        Passed::Through(Box::new((head, body)))
    }

    async fn watch_response(&mut self, mut run: Run, asked: Asked, body: Body) -> Body {
        match body {
            Body::Absent => Body::Absent,
            Body::Follows => {
                self.watching_response.push(Watcher::Script(run, asked));
                Body::Follows
            }
            Body::Whole(whole) => {
                let Whole { bytes, trailers } = *whole;
                let (bytes, asked) = self.see_response_chunk(&mut run, asked, bytes.into()).await;
                let trailers = self.see_response_end(&mut run, asked, trailers).await;
                Body::whole(bytes.to_vec(), trailers)
            }
        }
    }

    pub(super) async fn see_response_chunk(
        &mut self,
        run: &mut Run,
        asked: Asked,
        data: Bytes,
    ) -> (Bytes, Asked) {
        run.with(|stream| stream.saw = true);
        if !matches!(asked, Asked::Chunk) {
            return (data, asked);
        }
        run.with(|stream| stream.chunk = data.to_vec());
        let next = self.settle_response(run, Told::Chunk).await;
        (Bytes::from(run.with(|stream| std::mem::take(&mut stream.chunk))), next)
    }

    pub(super) async fn see_response_end(
        &mut self,
        run: &mut Run,
        asked: Asked,
        trailers: Option<Head>,
    ) -> Option<Head> {
        run.with(|stream| (stream.ended, stream.saw, stream.trailers) = (true, true, trailers));
        if matches!(asked, Asked::Chunk | Asked::Trailers) {
            self.settle_response(run, Told::Nothing).await;
        }
        run.with(|stream| stream.trailers.take())
    }

    async fn settle_response(&mut self, run: &mut Run, mut told: Told) -> Asked {
        let mut head = self.response.take().unwrap_or_default();
        let asked = loop {
            match self.go_on_response(run, told, &mut head) {
                Asked::Call(call) => told = self.script_call(call).await,
                Asked::Route => {
                    run.with(|stream| stream.stale = false);
                    told = Told::Nothing;
                }
                Asked::Failure(error) => {
                    let prefix = run.stream().facts.prefix.clone();
                    self.script_failed(&prefix, &error);
                    break Asked::Nothing;
                }
                asked @ (Asked::Chunk | Asked::Trailers) => break asked,
                Asked::Nothing | Asked::Body | Asked::Respond(..) => break Asked::Nothing,
            }
        };
        self.response = Some(head);
        asked
    }

    /// Scripts see a part of the response's body; nothing is left of it when one holds the head.
    pub(crate) async fn scripts_see_response(&mut self, mut data: Bytes) -> Result<Option<Bytes>, Stop> {
        data = self.watchers_see_response(data).await;
        let most = self.buffer_limit();
        let Some(held) = &mut self.held else { return Ok(Some(data)) };
        held.body.extend_from_slice(&data);
        if held.body.len() > most {
            self.held = None;
            // What is said then goes to the client as it is (`ActiveStreamEncoderFilter::responseDataTooLarge`).
            self.notes.unfiltered = true;
            let body = "Internal Server Error".as_bytes();
            return Err(Reply::new(500, body, "response_payload_too_large").awaited().into());
        }
        Ok(None)
    }

    /// Scripts see the end of the response; the head that one holds goes on, and what there is of the body.
    pub(crate) async fn scripts_end_response(
        &mut self,
        trailers: Option<Head>,
    ) -> Result<Option<Head>, Stop> {
        let (rest, trailers) = self.watchers_end_response(trailers).await;
        let Some(mut held) = self.held.take() else {
            self.pass_to_client(rest.into()).await?;
            return Ok(trailers);
        };
        held.body.extend_from_slice(&rest);
        let Held { head, run, at, body } = *held;
        give_body(&run, Whole { bytes: body, trailers });
        let driven = self.drive(run, Told::Nothing, head, Body::Whole(Box::default())).await;
        let Passed::Through(passed) = driven else { return Ok(None) };
        let (head, body) = *passed;
        let Passed::Through(passed) = self.response_filters(head, at, body).await else { return Ok(None) };
        let (head, Body::Whole(whole)) = *passed else { return Ok(None) };
        let Whole { bytes, trailers } = *whole;
        self.send_head(head, bytes.is_empty() && trailers.is_none()).await?;
        if !bytes.is_empty() {
            self.pass_to_client(bytes.into()).await?;
        }
        Ok(trailers)
    }
}

fn give_body(run: &Run, Whole { bytes, trailers }: Whole) {
    run.with(|stream| {
        (stream.ended, stream.saw, stream.buffered) = (true, true, true);
        stream.body = (!bytes.is_empty() || trailers.is_none()).then_some(bytes);
        stream.trailers = trailers;
    });
}
