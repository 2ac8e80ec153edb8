# syntax=lamina
# The reference project, ragex: a search over source files.
#
#   docker buildx build --target cpu-amd64 .
#   docker buildx build --target cpu --platform linux/amd64,linux/arm64 .
#   docker buildx build --target cuda .

name    = "ragex"
default = "cpu"

[base]
image   = "python:3.11-slim"
apt     = ["ripgrep"]
user    = { name = "ragex", uid = 1000 }
workdir = "/app"
dirs    = ["/data"]

[base.env]
PYTHONPATH       = "/app" # so that `-w` of docker run does not matter
PYTHONUNBUFFERED = "1"
RAGEX_DATA_DIR   = "/data"

[python]
version = "3.11"

[[python.layer]]
name         = "torch"
requirements = ["requirements/{variant}-{arch}.txt", "requirements/{variant}.txt"]

[[python.layer]]
name         = "ml"
requirements = "requirements/base-ml.txt"

[[python.layer]]
name         = "app"
requirements = "requirements/app.txt"
app          = true

[app]
copy        = [{ from = "app/ragex", to = "/app/ragex" }]
entrypoint  = ["python", "-m", "ragex"]
cmd         = ["demo"]
expose      = [8000]
healthcheck = { http = "8000/health", interval = "30s", timeout = "5s", retries = 3 } # of `serve`

[app.labels]
"org.opencontainers.image.title"    = "ragex"
"org.opencontainers.image.licenses" = "Apache-2.0"

[variant.cpu]
platforms = ["linux/amd64", "linux/arm64"]

[variant.cuda]
platforms   = ["linux/amd64"]
accelerator = "cuda"
