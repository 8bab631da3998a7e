//! `meshproof run`: the bundled proxy.

use std::io::Write as _;
use std::time::Duration;

use mp_proxy::{Options, RunError};

use crate::args::{LogFormat, RunArgs};
use crate::failure::{Failure, Outcome};

pub(crate) fn run(args: &RunArgs) -> Result<Outcome, Failure> {
    let mut options = Options::new(args.bootstrap.clone());
    options.workers = (args.workers > 0).then_some(args.workers);
    options.allow_inert = args.allow_inert.iter().cloned().collect();
    options.skip_unsupported = args.skip_unsupported;
    options.drain = Duration::from_secs(args.drain);
    options.notice = match args.log_format {
        LogFormat::Text => |notice| {
            if let Some(line) = notice.text() {
                say(line);
            }
        },
        LogFormat::Json => |notice| say(&notice.json()),
    };
    if args.validate {
        let skipped = mp_proxy::validate(&options).map_err(|e| failure(&e))?;
        let mut err = anstream::stderr();
        for refusal in &skipped {
            writeln!(err, "left out: {}: {refusal}", args.bootstrap.display())?;
        }
        writeln!(
            anstream::stdout(),
            "{}: everything that runs in it is supported",
            args.bootstrap.display()
        )?;
        return Ok(Outcome::Clean);
    }
    mp_proxy::run(&options).map_err(|e| failure(&e))?;
    Ok(Outcome::Clean)
}

/// Nobody is left to be told when standard error is closed.
fn say(line: &str) {
    let _closed = writeln!(anstream::stderr(), "{line}");
}

fn failure(error: &RunError) -> Failure {
    let help = match error {
        RunError::Read(..) => "check the path and its permissions",
        RunError::Json(..) => "`meshproof compile --target meshproof` writes a bootstrap",
        RunError::Refused(..) => "run the same bootstrap in Envoy, or compile without these parts",
        RunError::Admin(_) => "stop the proxy and start it with the new bootstrap",
        RunError::Bind(..) => "another program listens there, or the address is not of this machine",
        RunError::Start(_) => "the system refuses a thread or a socket; look at its limits",
    };
    Failure::usage(error.to_string(), help)
}
