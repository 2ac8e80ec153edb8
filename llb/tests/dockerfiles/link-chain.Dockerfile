FROM debian:12
COPY --link a /1/
COPY --link --chown=3:4 b /2/
COPY --link --from=alpine:3 /etc /3
ADD --link https://example.com/f /4
RUN ls /1 /2
COPY --link c /5
