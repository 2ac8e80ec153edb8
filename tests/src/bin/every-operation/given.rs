//! What the test passes: build arguments, and an image directory as a named
//! context.

use buildkit_llb::{Digest, GitUrl, HttpUrl, Output, Platform, Reference, Source};
use lamina::client::{NamedContext, Options};
use lamina::gateway::BridgeError;

/// What the pieces work with.
pub(crate) struct Given {
    /// The client's session.
    pub(crate) session: String,
    /// The platform that the daemon runs on.
    pub(crate) platform: Platform,
    /// Tells this run's steps from those of others, which a cache may have.
    pub(crate) run: String,
    /// An image with `/etc/passwd` and Python.
    pub(crate) base: Output,
    /// An image of two layers.
    pub(crate) small: Reference,
    /// A text file on the web, and its digest.
    pub(crate) greeting: (HttpUrl, Digest),
    /// A git repository.
    pub(crate) repository: GitUrl,
    /// The commit that its tag names.
    pub(crate) commit: String,
    /// An image directory: the client's name of the store, and the digest.
    pub(crate) layout: (String, String),
}

impl Given {
    pub(crate) fn read(options: &Options) -> Result<Self, BridgeError> {
        let platform = options.default_platform().cloned();
        let platform = platform.ok_or_else(|| BridgeError::new("no worker"))?;
        let base: Reference = argument(options, "BASE")?;
        let layout = options
            .named_contexts
            .get("layout", &platform)
            .ok_or_else(|| BridgeError::new("no build context `layout`"))?;
        let NamedContext::OciLayout { store, digest, .. } = NamedContext::parse("layout", layout)?
        else {
            return Err(BridgeError::new("`layout` is no image directory"));
        };
        Ok(Self {
            session: options.session_id.clone(),
            run: argument(options, "RUN")?,
            base: Source::image(base).platform(platform.clone()).output(),
            small: argument(options, "SMALL")?,
            greeting: (
                argument(options, "GREETING")?,
                argument(options, "GREETING_DIGEST")?,
            ),
            repository: argument(options, "REPOSITORY")?,
            commit: argument(options, "COMMIT")?,
            layout: (store, digest),
            platform,
        })
    }

    /// The least that an exporter takes for an image.
    pub(crate) fn image_config(&self) -> String {
        format!(
            r#"{{"architecture":"{}","os":"{}","config":{{}},"rootfs":{{"type":"layers"}}}}"#,
            self.platform.architecture(),
            self.platform.os()
        )
    }
}

fn argument<T>(options: &Options, name: &str) -> Result<T, BridgeError>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let value = options.build_args.get(name);
    let value = value.ok_or_else(|| BridgeError::new(format!("no build argument {name}")))?;
    let wrong = |error: T::Err| BridgeError::new(format!("{name}: {error}"));
    value.parse().map_err(wrong)
}
