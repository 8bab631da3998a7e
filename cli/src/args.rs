//! The command line, as one tree; help, man pages and completions follow from it.

mod compile;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use compile::*;

/// Offline compiler and policy verifier for Istio.
#[derive(Debug, Parser)]
#[command(name = "meshproof", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours.
    #[arg(long, global = true, default_value = "auto", value_enum)]
    pub(crate) color: Color,
    /// How many threads to use; 0 takes one per core.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) jobs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look for mistakes with all checks.
    Check(CheckArgs),
    /// Write the Envoy configuration of a proxy.
    Compile(CompileArgs),
    /// Show a piece of a proxy's configuration by its name, with the YAML lines that made it.
    ExplainConfig(ExplainConfigArgs),
    /// Prove the invariants found and the built-in properties.
    Verify(VerifyArgs),
    /// Answer one question about access, or a batch of them.
    Ask(AskArgs),
    /// Say what changed in meaning between two meshes: access, mutual TLS, routes.
    Diff(crate::commands::DiffArgs),
    /// Decide requests by the policies of one workload.
    Decide(DecideArgs),
    /// Send the requests of a report once more.
    Replay(crate::commands::ReplayArgs),
    /// Say what becomes of requests at proxies.
    Route(crate::commands::RouteArgs),
    /// Follow one request from proxy to proxy, with the YAML behind each decision.
    Trace(crate::commands::TraceArgs),
    /// Show what Kubernetes reads, as JSON.
    Parse(ParseArgs),
    /// Say whether the API server and istiod's webhook would take the objects.
    Validate(crate::commands::ValidateArgs),
    /// Say what istiod would write into the status of Gateway API objects.
    Status(crate::commands::StatusArgs),
    /// Run unit tests: what becomes of requests.
    Test(crate::commands::TestArgs),
    /// Show the traffic graph.
    Graph(GraphArgs),
    /// Check a stream of objects and pass it on byte for byte, with the order to apply it in where that is asked for.
    Render(crate::commands::RenderArgs),
    /// Be a KRM function: check a ResourceList of kustomize or kpt and add the results.
    Krm(crate::commands::KrmArgs),
    /// Be Helm's post-renderer: check what a release renders and pass it on.
    PostRender(crate::commands::PostRenderArgs),
    /// Be a config management plugin of Argo CD.
    Argocd(crate::commands::ArgocdArgs),
    /// Run a proxy from an Envoy bootstrap.
    Run(RunArgs),
    /// Serve an editor on standard input and output.
    Lsp,
    /// Explain a check or a built-in property, or list all of them.
    Explain(ExplainArgs),
    /// Print the JSON Schema of a file that meshproof reads or writes.
    Schema(SchemaArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man,
    /// Print the version and the versions of Istio and Envoy that are followed.
    Version,
}

/// What is read.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct InputArgs {
    /// Files and folders; `-` is standard input. Default: the current folder.
    #[arg(value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,
    /// Name of the text on standard input in reports.
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_filename: Option<String>,
    /// Body of MeshConfig; without it the ConfigMap `istio` counts, else an IstioOperator, else values of the chart `istiod`.
    #[arg(long, value_name = "FILE")]
    pub(crate) mesh_config: Option<PathBuf>,
    /// Body of MeshNetworks.
    #[arg(long, value_name = "FILE")]
    pub(crate) mesh_networks: Option<PathBuf>,
    /// A feature flag of istiod.
    #[arg(long = "env", value_name = "KEY=VALUE")]
    pub(crate) env: Vec<String>,
    /// No input is no failure.
    #[arg(long)]
    pub(crate) allow_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum FailOn {
    Info,
    Warning,
    Error,
    Never,
}

impl FailOn {
    /// The lowest level that counts; `None` when none does.
    pub(crate) fn level(self) -> Option<mp_base::Level> {
        match self {
            FailOn::Info => Some(mp_base::Level::Info),
            FailOn::Warning => Some(mp_base::Level::Warning),
            FailOn::Error => Some(mp_base::Level::Error),
            FailOn::Never => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Full,
    Concise,
    Json,
    JsonLines,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Rdjson,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Form of the report on standard output.
    #[arg(long, default_value = "full", value_enum)]
    pub(crate) output_format: Format,
    /// One more report, `FORMAT=FILE`; may be repeated.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(crate) reports: Vec<String>,
    /// Lowest level that makes the exit code 1.
    #[arg(long, default_value = "error", value_enum)]
    pub(crate) fail_on: FailOn,
    /// Run these checks alone: codes, starts of codes, or names.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    pub(crate) select: Vec<String>,
    /// Leave these checks out.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    pub(crate) ignore: Vec<String>,
    /// Put the mends of findings into the files, and report what is left. Standard input comes out mended on standard output, and the report on standard error.
    #[arg(long, conflicts_with_all = ["diff", "compat"])]
    pub(crate) fix: bool,
    /// Show as a unified diff what `--fix` would change, and change nothing; the exit code is 1 if there is something.
    #[arg(long, conflicts_with = "compat")]
    pub(crate) diff: bool,
    /// Answer as another tool does, with its own codes.
    #[arg(long, value_enum)]
    pub(crate) compat: Option<CheckCompat>,
    /// What the other tool knows of the cluster.
    #[arg(long, default_value = "full", value_enum, requires = "compat")]
    pub(crate) compat_mode: CompatMode,
    /// Files or a folder of a further cluster, for rules that compare clusters; may be repeated.
    #[arg(long, value_name = "NAME=PATH", requires = "compat")]
    pub(crate) cluster: Vec<String>,
}

/// Tools whose answers `check` can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckCompat {
    /// `istioctl analyze`: codes `IST0101` and so on.
    Istioctl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompatMode {
    /// As beside a cluster that holds the objects of the files: all analyzers run.
    Full,
    /// As `istioctl analyze --use-kube=false -A`: Services, Pods, Namespaces, Nodes and Secrets are passed over, and so are the analyzers that need them.
    Cli,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Built-in properties to ask: names, groups, codes or starts of codes, or `none`; default: all.
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub(crate) builtin: Vec<String>,
    /// List the built-in properties and stop.
    #[arg(long)]
    pub(crate) list: bool,
    /// Form of the report on standard output; `full` and `json` show proofs, too, all others what is violated.
    #[arg(long, default_value = "full", value_enum)]
    pub(crate) output_format: Format,
    /// One more report, `FORMAT=FILE`; may be repeated.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(crate) reports: Vec<String>,
    /// Lowest level that makes the exit code 1; what stays undecided does so, too, unless it is `never`.
    #[arg(long, default_value = "error", value_enum)]
    pub(crate) fail_on: FailOn,
    /// Lowest level that the form `full` shows.
    #[arg(long, default_value = "warning", value_enum)]
    pub(crate) show: FailOn,
    /// A mesh that invariants compare with (no-new, no-lost, same): files or a folder, or `NAME=PATH` for `since NAME`; may be repeated.
    #[arg(long, value_name = "[NAME=]PATH")]
    pub(crate) baseline_mesh: Vec<String>,
    /// The day on which waivers are looked at; default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<String>,
    /// Time for each check of the solver, in milliseconds; what takes longer is unknown. 0 is no limit.
    #[arg(long, default_value_t = 10_000, value_name = "MS")]
    pub(crate) timeout: u32,
}

#[derive(Args, Debug)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Kind of question, such as `never`, `dead-rule`, or `invariant` with a line of an `*.inv` file as its parameter `line`.
    #[arg(long, value_name = "KIND", required_unless_present = "batch")]
    pub(crate) question: Option<String>,
    /// Parameters of the question as JSON.
    #[arg(long, default_value = "{}", value_name = "JSON")]
    pub(crate) params: String,
    /// Workload, `NS/NAME`.
    #[arg(long, value_name = "NS/NAME")]
    pub(crate) workload: Option<String>,
    /// Questions as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) batch: Option<PathBuf>,
    /// Folder of the sets that the questions name.
    #[arg(long, value_name = "DIR", requires = "batch")]
    pub(crate) sets: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Workload, `NS/NAME` of a Pod.
    #[arg(long, value_name = "NS/NAME")]
    pub(crate) workload: String,
    /// Requests as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) requests: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ParseArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// JSON lines `{id, yaml}` to answer with `{id, json}` or `{id, error}`.
    #[arg(long, value_name = "FILE")]
    pub(crate) batch: Option<PathBuf>,
    /// Whose reader cuts a file into documents.
    #[arg(long, default_value = "kubernetes", value_enum)]
    pub(crate) reader: DocumentReader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentReader {
    /// The API server and kubectl.
    Kubernetes,
    /// Istio's file source and istioctl, which see fewer separators.
    Istio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Text,
    Dot,
    Mermaid,
    Json,
    /// One page that needs nothing else.
    Html,
}

#[derive(Args, Debug)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Form of the graph.
    #[arg(long, default_value = "text", value_enum)]
    pub(crate) output_format: GraphFormat,
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// The bootstrap, JSON.
    pub(crate) bootstrap: PathBuf,
    /// Load it and say what is not supported, without running.
    #[arg(long)]
    pub(crate) validate: bool,
    /// Worker threads; 0 takes one per core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) workers: usize,
    /// Accept a part of this type URL that has no effect on data.
    #[arg(long = "allow-inert", value_name = "TYPE")]
    pub(crate) allow_inert: Vec<String>,
    /// Leave out listeners and clusters with parts that are not supported, and name them.
    #[arg(long)]
    pub(crate) skip_unsupported: bool,
    /// How long requests in flight may take once the proxy is told to stop.
    #[arg(long, default_value_t = 4, value_name = "SECONDS")]
    pub(crate) drain: u64,
    /// How standard error tells what happens.
    #[arg(long, default_value = "text", value_enum)]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people: what asks for attention.
    Text,
    /// A line of JSON for everything that happens.
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// Code or name of a check or of a built-in property, or `all`.
    pub(crate) code: String,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// The report of `check --output-format json`.
    Report,
    /// `kind: Invariant`.
    Invariant,
    /// The report of `diff --output-format json`.
    Diff,
    /// `kind: MeshTest`.
    MeshTest,
}

#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// Which file.
    #[arg(value_enum)]
    pub(crate) name: SchemaName,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
