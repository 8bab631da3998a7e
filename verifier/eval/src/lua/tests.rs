//! Scripts on heads that were made for them.
use super::*;

fn request() -> Stream {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Stream {
        head: Head {
            pseudo: vec![
                (":authority", "h".to_owned()),
                (":path", "/p".to_owned()),
                (":method", "GET".to_owned()),
            ],
            lines: vec![line("x-a", "1"), line("x-a", "2"), line("x-request-id", "<uuid>")],
        },
        protocol: "HTTP/1.1",
        ..Stream::default()
    }
}

fn on_request(body: &str) -> Ran {
    run(&format!("function envoy_on_request(h)\n{body}\nend"), "envoy_on_request", request())
}

fn unknown(body: &str) -> String {
    match on_request(body).end {
        End::Unknown(line, what) => format!("{line}: {what}"),
        End::Done => "Done".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn headers_are_changed_as_envoy_changes_them() {
    let ran = on_request(
        "local t = h:headers()\nt:add('X-B', t:get('x-a'))\nt:replace('x-a', 3)\nt:remove('gone')\nt:replace(':path', '/other')",
    );
    assert_eq!(ran.end, End::Done);
    assert!(ran.stale);
    assert_eq!(ran.stream.head.values("x-b"), ["1,2"]);
    assert_eq!(ran.stream.head.values("x-a"), ["3"]);
    assert_eq!(ran.stream.head.pseudo(":path"), Some("/other"));
    assert_eq!(ran.deeds.first(), Some(&(3, "adds the header `x-b: 1,2`".to_owned())));
}

#[test]
fn an_answer_ends_the_script_even_in_a_protected_call() {
    let ran = on_request(
        "pcall(function() h:respond({[':status'] = '403', b = 'x', a = 'y'}, 'no') end)\nh:headers():add('x', '1')",
    );
    let End::Answered(status, headers, body) = ran.end else { panic!("{:?}", ran.end) };
    assert_eq!((status, body.as_str()), (403, "no"));
    // The order of the table is that of its keys.
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [":status", "a", "b"]);
    assert!(ran.stream.head.values("x").is_empty());
}

#[test]
fn a_failure_keeps_what_was_done_before() {
    let ran = on_request("h:headers():add('x', '1')\nerror('boom')");
    assert_eq!(ran.end, End::Failed("[string \"function envoy_on_request(h)...\"]:3: boom".to_owned()));
    assert_eq!(ran.stream.head.values("x"), ["1"]);
    let broken = run("function (", "envoy_on_request", request());
    assert!(matches!(broken.end, End::Broken(_)), "{:?}", broken.end);
}

#[test]
fn what_only_a_running_proxy_knows_is_unknown() {
    assert_eq!(unknown("local x = 1\nh:httpCall('c', {}, '', 5)"), "3: what `httpCall` gives");
    assert_eq!(unknown("local t = os.time()"), "2: what `os.time` gives");
    assert_eq!(unknown("pcall(function() local n = math.random() end)"), "2: what `math.random` gives");
    assert_eq!(unknown("h:headers():get('x-request-id')"), "2: the value of the header `x-request-id`");
    assert_eq!(unknown("local s = tostring({}) return s"), "2: the address of a table");
    assert_eq!(unknown("G = (G or 0) + 1"), "2: what an earlier request has left in `G`");
    assert_eq!(unknown("G = 1\nh:headers():add('g', G)"), "Done");
    assert_eq!(unknown("h:body()"), "Done");
}

#[test]
fn runs_are_limited() {
    for body in ["while true do end", "while true do pcall(function() while true do end end) end"] {
        assert!(unknown(body).ends_with("where so long a run comes to"), "{}", unknown(body));
    }
    let ran = on_request("local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(1000) .. i end");
    assert!(matches!(ran.end, End::Failed(_) | End::Unknown(..)), "{:?}", ran.end);
}

#[test]
fn runs_give_the_same_each_time() {
    let body = "local t = {} for _, k in ipairs({'q', 'w', 'e', 'r', 't', 'y'}) do t[k] = k end\n\
        local out = '' for k in pairs(t) do out = out .. k end h:headers():add('x', out)";
    let first = on_request(body).stream.head.values("x");
    assert_eq!(first, ["eqrtwy"]);
    assert!((0..5).all(|_| on_request(body).stream.head.values("x") == first));
}
