# syntax=docker/dockerfile:1
ARG GO=1.25
FROM --platform=$BUILDPLATFORM golang:${GO} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build --mount=type=bind,source=.git,target=/src/.git \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/server ./cmd/server

FROM scratch AS rootfs
COPY --from=build --chmod=0755 --chown=1000:1000 /out/server /usr/local/bin/server
COPY --link --from=alpine:3 /etc/ssl/certs /etc/ssl/certs

FROM rootfs
USER 1000
ENTRYPOINT ["/usr/local/bin/server"]
