FROM alpine:3 AS a
RUN touch /one
FROM debian:12
WORKDIR /work/
COPY --parents src/./lib/*.c /out/
COPY --exclude=*.md --exclude=docs . /app
COPY --from=a /one /three/
COPY --link . /linked/
COPY --chown=0 --from=a /one .
COPY a* b? /glob/
WORKDIR relative/../dir
COPY x .
