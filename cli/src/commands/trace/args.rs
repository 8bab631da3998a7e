//! The command line of `meshproof trace`.

use clap::{Args, ValueEnum};

use crate::args::InputArgs;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    Text,
    Json,
    Mermaid,
}

#[derive(Args, Debug)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Who calls: `NS/POD`, `NS/DEPLOYMENT`, or `outside`.
    #[arg(long, value_name = "FROM")]
    pub(crate) from: String,
    /// What is called: `HOST`, `HOST:PORT`, or a URL (http, https, grpc, tcp, tls).
    #[arg(long, value_name = "TO")]
    pub(crate) to: String,
    /// Gateway that a call from outside goes through: `NS/POD` or `gateway:NS/NAME`.
    #[arg(long, value_name = "PROXY")]
    pub(crate) via: Option<String>,
    /// Path with query; default: that of the URL.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Method; default GET.
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// A request header, `NAME=VALUE`; may be repeated.
    #[arg(long = "header", value_name = "NAME=VALUE")]
    pub(crate) headers: Vec<String>,
    /// The client speaks TLS.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Server name of the client's TLS; default: the host.
    #[arg(long, value_name = "NAME")]
    pub(crate) sni: Option<String>,
    /// The client speaks HTTP/2.
    #[arg(long)]
    pub(crate) http2: bool,
    /// Form of the trace.
    #[arg(long, default_value = "text", value_enum)]
    pub(crate) output_format: TraceFormat,
}
