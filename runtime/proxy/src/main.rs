//! The stand-alone proxy binary.
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use mp_proxy::{Notice, Options, run, support_markdown, validate};

const USAGE: &str = "\
meshproof-proxy -c BOOTSTRAP [options]
  -c, --config FILE      Envoy v3 static bootstrap, JSON
  --validate             load the bootstrap, print what is refused, and exit
  --workers N            worker threads (default: processors, at most 2)
  --drain SECONDS        time for requests in flight after SIGTERM (default 4)
  --log-format FORMAT    text, or json: a line for everything that happens, with stable fields
  --allow-inert TYPE     read and ignore this extension type (repeatable)
  --skip-unsupported     leave out listeners and clusters with unsupported parts, and name them
  --support              print the table of supported fields as Markdown and exit
  --version              print the version and exit";

enum Command {
    Run(Options, bool),
    Print(String),
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::new("");
    options.notice = tell;
    let mut only_validate = false;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "-c" | "--config" | "--config-path" => options.bootstrap = value()?.into(),
            "--validate" => only_validate = true,
            "--workers" | "--concurrency" => {
                options.workers = Some(value()?.parse().map_err(|_| "--workers needs a number".to_owned())?);
            }
            "--drain" => {
                let seconds = value()?.parse().map_err(|_| "--drain needs a number of seconds".to_owned())?;
                options.drain = Duration::from_secs(seconds);
            }
            "--allow-inert" => {
                options.allow_inert.insert(value()?);
            }
            "--log-format" => {
                options.notice = match value()?.as_str() {
                    "text" => tell,
                    "json" => tell_json,
                    other => return Err(format!("--log-format is text or json, not {other}")),
                };
            }
            "--skip-unsupported" => options.skip_unsupported = true,
            "--support" => return Ok(Command::Print(support_markdown())),
            "--version" => {
                return Ok(Command::Print(format!("meshproof-proxy {}", env!("CARGO_PKG_VERSION"))));
            }
            "-h" | "--help" => return Ok(Command::Print(USAGE.to_owned())),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    if options.bootstrap.as_os_str().is_empty() {
        return Err("-c FILE is needed".to_owned());
    }
    Ok(Command::Run(options, only_validate))
}

/// A line for people. The proxy goes on where nobody is there to read it.
fn say(line: &str) {
    let _gone = writeln!(std::io::stderr(), "{line}");
}

/// What happens, for people.
fn tell(notice: &Notice) {
    if let Some(line) = notice.text() {
        say(line);
    }
}

/// What happens, for machines.
fn tell_json(notice: &Notice) {
    say(&notice.json());
}

fn main() -> ExitCode {
    let (options, only_validate) = match parse(std::env::args().skip(1)) {
        Ok(Command::Run(options, only_validate)) => (options, only_validate),
        Ok(Command::Print(text)) => {
            // Whoever reads it may have seen enough, and that is no failure.
            let _gone = writeln!(std::io::stdout(), "{}", text.trim_end());
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            say(&format!("{message}\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    let path = options.bootstrap.display().to_string();
    if only_validate {
        return match validate(&options) {
            Ok(skipped) => {
                skipped.iter().for_each(|refusal| say(&format!("left out: {path}: {refusal}")));
                ExitCode::SUCCESS
            }
            Err(error) => {
                (options.notice)(&Notice::refused(&error));
                ExitCode::from(2)
            }
        };
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            (options.notice)(&Notice::refused(&error));
            ExitCode::from(2)
        }
    }
}
