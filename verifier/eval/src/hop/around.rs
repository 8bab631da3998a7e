//! What stands around a proxy: who accepts connections, what upstreams answer, what certificates say.

use mp_ir::plan::KeySource;

use super::outcome::Seen;

/// Where an upstream is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Address, host name or path of a Unix socket.
    pub host: String,
    /// Port.
    pub port: u32,
}

/// What an upstream does with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It answers.
    Response(Answered),
    /// It closes the connection without an answer, after nanoseconds.
    Closed(i128),
    /// It refuses the stream without looking at it.
    Refused,
    /// It resets the connection without an answer, after nanoseconds.
    Reset(i128),
    /// Its answer is no HTTP, such as a 204 that states the length of a body.
    Garbled(Answered),
}

/// A response of an upstream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// Status.
    pub status: u32,
    /// Header lines in order, without framing.
    pub headers: Vec<(String, String)>,
    /// `grpc-status` in the trailers.
    pub grpc_status: Option<u32>,
    /// The length of the body is stated.
    pub sized: bool,
    /// Nothing follows the head.
    pub bodiless: bool,
    /// What follows the head is no HTTP, such as a body for HEAD over HTTP/2.
    pub breaks: bool,
    /// Body, for authorisers whose words reach the client.
    pub body: String,
    /// Nanoseconds before it comes.
    pub after: i128,
}

/// What an upstream does with bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// What it sends back.
    pub data: String,
    /// It closes the connection afterwards.
    pub closes: bool,
}

/// What a look at a signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It is good.
    Good,
    /// No key fits.
    NoKey,
    /// It is wrong.
    Wrong,
    /// The keys are not in the input.
    Unknown,
}

/// The parts of a token that are signed, and the signature.
#[derive(Clone, Copy, Debug)]
pub struct SignedToken<'a> {
    /// `alg`.
    pub algorithm: &'a str,
    /// `kid`; empty for none.
    pub key_id: &'a str,
    /// The text that is signed.
    pub message: &'a str,
    /// The signature.
    pub signature: &'a [u8],
}

/// What stands around a proxy.
pub trait Around {
    /// Whether connections are accepted there.
    fn accepts(&self, place: &Place) -> bool;

    /// What an upstream does with a request that it saw.
    fn answer(&mut self, seen: &Seen) -> Answer;

    /// What an upstream does with bytes that it saw.
    fn echo(&mut self, seen: &Seen) -> Echo;

    /// Names in the certificate of an upstream, as `URI:…` and `DNS:…`; `None` when it is not known.
    fn server_names(&self, place: &Place) -> Option<Vec<String>>;

    /// Whether an upstream takes TLS that the proxy does not end.
    fn speaks_tls(&self, place: &Place) -> bool {
        self.server_names(place).is_some()
    }

    /// Protocols that an upstream takes over TLS, in its order.
    fn server_alpn(&self, place: &Place) -> Vec<String>;

    /// Names in a certificate of the proxy itself, by the name of the secret; `None` when it is not known.
    fn own_names(&self, secret: &str) -> Option<Vec<String>>;

    /// The proxy's own address, which it adds to `x-forwarded-for` of copies.
    fn own_address(&self) -> String;

    /// What the signature of a token is worth.
    fn signature(&self, keys: &KeySource, token: &SignedToken<'_>) -> Signature;

    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// Takes a token out of a bucket that refills with time; false when it is empty. The name tells buckets apart.
    fn take_token(&mut self, bucket: &str, most: u64) -> bool;
}
