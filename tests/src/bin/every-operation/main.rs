//! A frontend that solves every kind of operation that `buildkit-llb` builds,
//! so that a daemon's answer can be compared with what was meant.
//!
//! Each *piece* is a graph of a few operations of one kind; the image holds
//! what each gave in `/srv/NAME`. A piece that the daemon says it cannot do is
//! left out, and `/srv/lacking` says why; so are those that the build argument
//! `WITHOUT` names. `--target NAME` asks for one piece alone: what is lacking
//! then fails the build, before anything is solved, or, with the build argument
//! `UNCHECKED`, by the daemon's own word.

mod execs;
mod files;
mod given;
mod nested;
mod sources;
mod trees;

use std::fmt::Write as _;

use buildkit_llb::{Cap, CapSet, ContainerPath, CopyFrom, Definition, File, Mkdir, Output, at};
use lamina::client::Options;
use lamina::gateway::{Bridge, BridgeError, CapState, GrpcBridge, Outcome, Pong, SolveRequest};

use given::Given;

/// What one graph gives, under the name by which the test looks for it.
struct Piece {
    name: &'static str,
    tree: Output,
}

impl Piece {
    fn new(name: &'static str, tree: impl Into<Output>) -> Self {
        let tree = tree.into();
        Self { name, tree }
    }

    /// Where the image has it.
    fn place(&self) -> ContainerPath {
        ContainerPath::new(&format!("/srv/{}", self.name)).expect("a name is a path's last part")
    }
}

fn pieces(given: &Given) -> Vec<Piece> {
    let mut all = sources::pieces(given);
    all.extend(execs::pieces(given));
    all.extend(files::pieces(given));
    all.extend(trees::pieces(given));
    all.extend(nested::pieces());
    all
}

/// The daemon's answer in the terms of `buildkit-llb`.
fn daemon(pong: &Pong) -> CapSet {
    let all = pong.llb_caps.iter();
    all.fold(CapSet::default(), |caps, (name, state)| {
        let cap = Cap::new(name);
        match state {
            CapState::Enabled => caps.with(cap),
            CapState::Disabled(reason) => caps.without(cap, reason),
        }
    })
}

/// All parts that the daemon supports, each in its own directory.
fn assembled(pieces: &[Piece], daemon: &CapSet) -> Output {
    let mut lacking = String::new();
    let mut chain = File::on(&Output::SCRATCH).action(Mkdir::new(at("/srv"), 0o755));
    for piece in pieces {
        if let Err(error) = Definition::new(&piece.tree).check(daemon) {
            let _ = writeln!(lacking, "{}: {error}", piece.name);
            continue;
        }
        chain = chain
            .mkdir(piece.place(), 0o755)
            .action(CopyFrom::tree(&piece.tree, at("/"), piece.place()).contents_only());
    }
    chain.mkfile(at("/srv/lacking"), 0o644, lacking).output()
}

async fn build(bridge: &GrpcBridge, options: &Options) -> Result<Outcome, BridgeError> {
    let given = Given::read(options)?;
    let mut pieces = pieces(&given);
    let daemon = daemon(&bridge.ping().await?);
    let tree = match &options.target {
        None => {
            let without = options.build_args.get("WITHOUT");
            let names = without.map_or("", String::as_str);
            pieces.retain(|piece| names.split(',').all(|name| name != piece.name));
            assembled(&pieces, &daemon)
        }
        Some(name) => {
            let found = pieces.into_iter().find(|piece| piece.name == name);
            let piece = found.ok_or_else(|| BridgeError::new(format!("no piece `{name}`")))?;
            piece.tree
        }
    };
    let definition = Definition::new(&tree);
    if !options.build_args.contains_key("UNCHECKED") {
        let lacks = |error: buildkit_llb::error::Unsupported| BridgeError::new(error.to_string());
        definition.check(&daemon).map_err(lacks)?;
    }
    let request = SolveRequest {
        definition: definition.to_pb(),
        evaluate: true,
    };
    let reference = bridge.solve(request).await?;
    let config = given.image_config();
    Ok(Outcome::Single {
        reference,
        metadata: [("containerimage.config".to_owned(), config.into_bytes())].into(),
    })
}

fn main() {
    lamina_tests::as_frontend::run(build)
}
